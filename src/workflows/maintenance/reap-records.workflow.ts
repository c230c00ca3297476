import { maintenance } from './maintenance-activities.ts';
import type { JobResult } from './maintenance.contract.ts';

/** Removes what has been kept long enough. */
export async function reapRecords(): Promise<JobResult> {
  return maintenance.reapRecords();
}
