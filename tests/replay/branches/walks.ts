/** How an order is taken along its way on real parts; branches are put together from these. */
import type { OrderView } from '../../../src/domain/orders/order.ts';
import type { OrderLab, PlaceOptions } from '../../integration/workflow/order-lab.ts';
import { waitFor } from '../../support/stack.ts';

/** A run whose history is kept; the order's only run when no run is named. */
export interface RecordedRun {
  /** Or the bulk. */
  readonly orderId: string;
  readonly runId?: string;
}

export type Branch = (lab: OrderLab) => Promise<RecordedRun>;

export const AWAY = { times: -1, behaviour: 'maintenance' };
export const SHORT_WINDOW_MS = 3_000;
/** The carrier does not deliver there. */
export const NOT_SERVED = '00000';
export const isCharged = (order: OrderView): boolean => order.paymentStatus === 'captured';

export interface Faults {
  readonly payments?: readonly object[];
  readonly carrier?: readonly object[];
}

/** Starts an order on whose way there are faults. */
export async function begin(lab: OrderLab, options: PlaceOptions = {}, faults: Faults = {}): Promise<string> {
  const { orderId } = await lab.place({
    ...options,
    prepare: async (id) => {
      const of = (rules: readonly object[] = []) => rules.map((rule) => ({ ...rule, orderId: id }));
      await lab.faults(lab.payments, of(faults.payments));
      await lab.faults(lab.carrier, of(faults.carrier));
    },
  });
  // The server says of an order that it has not yet begun that there is none.
  await waitFor(() => lab.order(orderId), { timeoutMs: 60_000, what: `${orderId} to be begun` });
  return orderId;
}

/** Starts an order that goes to its end by itself. */
export async function through(
  lab: OrderLab,
  options: PlaceOptions = {},
  faults: Faults = {},
): Promise<RecordedRun> {
  const orderId = await begin(lab, options, faults);
  await lab.untilClosed(orderId);
  return { orderId };
}

/** Starts an order, cancels it where it is as `is` says, and lets the providers come back. */
export async function cancelledWhen(
  lab: OrderLab,
  is: (order: OrderView) => boolean,
  options: PlaceOptions = {},
  faults: Faults = {},
): Promise<RecordedRun> {
  const orderId = await begin(lab, { parcelsStay: true, ...options }, faults);
  await waitFor(() => lab.order(orderId).then(is, () => false), {
    timeoutMs: 60_000,
    what: `${orderId} to be where it is cancelled`,
  });
  await lab.askToCancel(orderId);
  await lab.liftFaults(lab.payments, orderId);
  await lab.untilClosed(orderId);
  return { orderId };
}

export async function twoLocations(lab: OrderLab, quantity: number): Promise<PlaceOptions> {
  return { lines: [{ sku: await lab.stock(5, 2), quantity }] };
}
