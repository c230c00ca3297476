/**
 * How the jobs see whether rows, workflows and the read model tell the same of every order. Each method is one statement.
 *
 * Does not own: changes of an order, which are the order repository's and its workflow's.
 * All may reject with DatabaseUnavailableError.
 */
import type { OrderDeadlines } from '../../src/domain/orders/waiting-state.ts';
import type { ShipmentStatus } from '../../src/domain/orders/order.ts';
import type { OrderStatus } from '../../src/domain/orders/order-status.ts';

/** An order that a run has to be at work on, with all that another run would need to take it up. */
export interface FollowedOrder {
  readonly orderId: string;
  readonly status: OrderStatus;
  readonly fingerprint: string;
  readonly currency: string;
  readonly totalMinor: number;
  readonly correlationId: string;
  readonly deadlines: OrderDeadlines;
}

/** An order that a run is open for, as its rows have it. */
export interface RunStanding {
  readonly orderId: string;
  readonly correlationId: string;
  /** At its end, with nothing more to do, for longer than the grace. */
  readonly isAtRest: boolean;
  readonly attentionCodes: readonly string[];
}

export interface DriftRepository {
  /**
   * Orders that are not at their end, or have a refund without an outcome, by id.
   * @param page.after the last id of the page before, or the empty string
   */
  listFollowed(page: { readonly after: string; readonly limit: number }): Promise<readonly FollowedOrder[]>;
  /** The same of one order; null when nothing is left to do for it. */
  findFollowed(orderId: string): Promise<FollowedOrder | null>;
  /** How orders stand that runs are open for; an order without a row has none here. */
  standings(orderIds: readonly string[], graceMs: number): Promise<readonly RunStanding[]>;
  /** Orders that carry a cause of attention, by id. */
  listWithAttention(
    code: string,
  ): Promise<readonly { readonly orderId: string; readonly correlationId: string }[]>;
  /** Parcels that are past the time at which the carrier should have moved them, of orders that wait for it. */
  listOverdueParcels(limit: number): Promise<
    readonly {
      readonly orderId: string;
      readonly shipmentId: string;
      /** Of its present booking; part of its key. */
      readonly bookingAttempt: number;
      readonly recorded: ShipmentStatus;
    }[]
  >;
  /**
   * Queues the events once more of orders that the read model lags behind, with nothing waiting to be published, although
   * it has taken in what happened to other orders later than that, by more than the grace: so it is not merely slow. Orders of the
   * last hour are looked at by every call, all others in turn, a thousand a call.
   *
   * @param request.replayId sets these deliveries apart from those before
   * @returns how many orders; fewer than `limit` means that no more lag behind
   */
  replayUnprojected(request: {
    readonly graceMs: number;
    readonly limit: number;
    readonly replayId: string;
  }): Promise<number>;
}
