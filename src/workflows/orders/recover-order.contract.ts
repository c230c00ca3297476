/** How a lost order is taken up: what the workflow is called, and what it is started with. Only types and constants. */
import type { OrderDeadlines } from '../../domain/orders/waiting-state.ts';

/** Runs under the order's workflow id when the run that had the order is gone and the order is not at its end. */
export const RECOVER_ORDER_WORKFLOW = 'recoverOrder';

/** All of it stands in the order's row. */
export interface RecoverOrderInput {
  readonly orderId: string;
  /** As of an order that is placed; see ProcessOrderInput. @default 1 */
  readonly story?: number;
  readonly fingerprint: string;
  readonly currency: string;
  readonly totalMinor: number;
  /** The id of the request that placed the order. */
  readonly correlationId: string;
  readonly deadlines: OrderDeadlines;
  /** As of an order that is placed; see ProcessOrderInput. Whoever asked has long gone, so it is 0. @default nobody is told by mail */
  readonly answerWithinMs?: number;
}
