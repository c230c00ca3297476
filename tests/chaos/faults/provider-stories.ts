/** Orders in whose life every operation at a provider happens, each of which can be made to go wrong. */
import type { Seeded } from '../support/seeded.ts';
import type { FaultLab } from './fault-lab.ts';

export type Behaviour =
  'error_before' | 'error_after' | 'lost_reply' | 'delay' | 'rate_limit' | 'maintenance';

export interface Rule {
  readonly operation: string;
  readonly orderId: string;
  readonly behaviour: Behaviour | 'decline';
  readonly times?: number;
  readonly delayMs?: number;
  readonly code?: string;
}

/** How one operation goes wrong; drawn before the orders begin. */
export type Trouble = (operation: string, orderId: string) => readonly Rule[];

const FAR_OFF_MS = 600_000;
const CARRIER_OPERATIONS = new Set(['book', 'cancel']);

/** Adds rules to the simulator that carries the operations out. */
export async function trouble(lab: FaultLab, rules: readonly Rule[]): Promise<void> {
  for (const rule of rules)
    await lab.shop.control(
      CARRIER_OPERATIONS.has(rule.operation) ? 'carrier' : 'payments',
      'POST',
      'faults',
      {
        rules: [rule],
      },
    );
}

/** One order for each operation: the first three happen to every order, the others to one that is refunded or cancelled. */
export async function liveThroughAll(lab: FaultLab, make: Trouble): Promise<void> {
  await lab.customers.shelf();
  const forwards = ['authorize', 'book', 'capture'].map((operation) =>
    lab.customers.buy({ before: (orderId) => trouble(lab, make(operation, orderId)) }),
  );
  await Promise.all([...forwards, refunded(lab, make), cancelled(lab, make)]);
}

async function refunded(lab: FaultLab, make: Trouble): Promise<void> {
  const purchase = await lab.customers.buy({ before: (orderId) => trouble(lab, make('refund', orderId)) });
  await lab.customers.refund(purchase, 120);
}

/** Cancelled with the parcel booked and the money held: the booking is cancelled, and the hold let go. */
async function cancelled(lab: FaultLab, make: Trouble): Promise<void> {
  const purchase = await lab.customers.buy({
    mayEndAs: ['cancelled'],
    before: async (orderId) => {
      await lab.shop.control('carrier', 'PUT', 'speed', { orderId, shippedAfterMs: FAR_OFF_MS });
      await trouble(lab, [
        { operation: 'capture', orderId, behaviour: 'maintenance', times: -1 },
        ...make('cancel', orderId),
        ...make('void', orderId),
      ]);
    },
  });
  await lab.shop.until(purchase.orderId, 'booked', (order) =>
    order.shipments.some(({ trackingNumber }) => trackingNumber !== null),
  );
  await lab.customers.cancel(purchase);
}

/** So many times in a row, in this way. */
export function repeatedly(random: Seeded, behaviour: Behaviour, delayMs?: number): Trouble {
  const times = random.integer(1, 3);
  return (operation, orderId) => [
    { operation, orderId, behaviour, times, ...(delayMs === undefined ? {} : { delayMs }) },
  ];
}
