/** Every workflow type of the order worker, exported under the name by which others start it. */
export { amendOrder } from './orders/amend-order.workflow.ts';
export { processOrder } from './orders/process-order.workflow.ts';
