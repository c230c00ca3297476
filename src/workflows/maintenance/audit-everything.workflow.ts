import { maintenance } from './maintenance-activities.ts';
import type { JobResult } from './maintenance.contract.ts';

/** Holds every promise against the records of database, providers and Temporal. */
export async function auditEverything(): Promise<JobResult> {
  return maintenance.auditEverything();
}
