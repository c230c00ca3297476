/** Every workflow type of our workers, exported under the name by which others start it. */
export { auditEverything } from './maintenance/audit-everything.workflow.ts';
export { findStuck } from './maintenance/find-stuck.workflow.ts';
export { reapRecords } from './maintenance/reap-records.workflow.ts';
export { reconcileProviders } from './maintenance/reconcile-providers.workflow.ts';
export { repairDrift } from './maintenance/repair-drift.workflow.ts';
export { bulkAction } from './operations/bulk-action.workflow.ts';
export { amendOrder } from './orders/amend-order.workflow.ts';
export { processOrder } from './orders/process-order.workflow.ts';
export { recoverOrder } from './orders/recover-order.workflow.ts';
export { refuseOrder } from './orders/refuse-order.workflow.ts';
