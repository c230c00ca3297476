import { maintenance } from './maintenance-activities.ts';
import type { JobResult } from './maintenance.contract.ts';

/** Takes up lost orders, and finds workflows and read model that do not tell what the rows tell. */
export async function repairDrift(): Promise<JobResult> {
  return maintenance.repairDrift();
}
