/**
 * How an operator's action reaches the workflow of an order. Cancelling and refunding have messages of their own, in
 * process-order.contract.ts. Only types and constants.
 */
import type { ActionRefusal, ActionRequest } from '../../domain/operations/actions.ts';
import type { CommandOrigin } from './process-order.contract.ts';

/** Update, of all workflow types of an order: resolves when the action is taken. Its update id is the action's id. */
export const OPERATE_ORDER_UPDATE = 'operateOrder';

export type OrderOperation = Exclude<ActionRequest, { readonly action: 'cancel' | 'refund' }>;

export interface OperateOrderInput extends CommandOrigin {
  /** `act_…` */
  readonly actionId: string;
  readonly operation: OrderOperation;
}

/** `detail` tells people what was done. Of a refused one nothing was. */
export type OperateOrderResult =
  | { readonly kind: 'done'; readonly detail: string }
  | { readonly kind: 'refused'; readonly why: ActionRefusal };
