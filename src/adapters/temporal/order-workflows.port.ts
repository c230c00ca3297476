/**
 * What the jobs need of the engine that runs the workflows of orders: to see which are open, and to speak to them.
 *
 * Owns: nothing of an order. All methods may reject when the engine is away, and can be repeated.
 */
import type { WorkflowFacts } from '../../domain/operations/explain-facts.ts';
import type { OrderDeadlines } from '../../domain/orders/waiting-state.ts';

/** An open run, as the engine's list shows it: a moment late, in both directions. */
export interface OpenRun {
  readonly orderId: string;
  /** RFC 3339 */
  readonly startedAt: string;
}

/** The newest run of an order's workflow, as it is now. */
export interface OrderRunState {
  readonly isOpen: boolean;
  /** In the engine's own words, for example `TERMINATED`. */
  readonly status: string;
}

/** What a lost order is taken up with. */
export interface LostOrder {
  readonly orderId: string;
  readonly fingerprint: string;
  readonly currency: string;
  readonly totalMinor: number;
  readonly correlationId: string;
  readonly deadlines: OrderDeadlines;
}

export interface OrderWorkflowsPort {
  /** Open runs that bring an order to its end or amend it, page by page. */
  listOpen(page: { readonly cursor: string | null; readonly limit: number }): Promise<{
    readonly items: readonly OpenRun[];
    readonly nextCursor: string | null;
  }>;
  /** Null when the engine knows of no run for the order, never or no more. */
  findRun(orderId: string): Promise<OrderRunState | null>;
  /** What the newest run of an order is about, as far as it can be told without reading more than needed. */
  inspectRun(orderId: string): Promise<WorkflowFacts>;
  /** Ids of orders whose workflow code fails again and again, at most so many; none where the engine does not list them. */
  listFailingTasks(limit: number): Promise<readonly string[]>;
  /** Starts the run that takes a lost order up, unless one is open for it. */
  recover(order: LostOrder): Promise<'started' | 'is_open'>;
  /** Tells the order's open run that an operation at the payment provider has an outcome. */
  tellPaymentSettled(orderId: string, operationKey: string): Promise<'told' | 'no_open_run'>;
  /** Tells the order's open run where the carrier says a parcel is. */
  tellShipmentMoved(
    orderId: string,
    parcel: { readonly shipmentId: string; readonly status: 'shipped' | 'delivered' },
  ): Promise<'told' | 'no_open_run'>;
}
