import { maintenance } from './maintenance-activities.ts';
import type { JobResult } from './maintenance.contract.ts';

/** Holds what the providers say they did against what is recorded here. */
export async function reconcileProviders(): Promise<JobResult> {
  return maintenance.reconcileProviders();
}
