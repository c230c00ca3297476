import { maintenance } from './maintenance-activities.ts';
import type { JobResult } from './maintenance.contract.ts';

/** Finds orders that are stuck without saying so, and writes to operations staff about what calls a person. */
export async function findStuck(): Promise<JobResult> {
  return maintenance.findStuck();
}
