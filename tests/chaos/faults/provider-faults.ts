/** F7 and F8: replies that get lost, and providers on a bad day. */
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '../../../embedded/wait-for.ts';
import type { Seeded } from '../support/seeded.ts';
import type { FaultCase, FaultLab } from './fault-lab.ts';
import { liveThroughAll, repeatedly, trouble, type Trouble } from './provider-stories.ts';

async function lostReplies(lab: FaultLab, random: Seeded): Promise<void> {
  await Promise.all([
    liveThroughAll(lab, repeatedly(random, 'lost_reply')),
    liveThroughAll(lab, repeatedly(random, 'lost_reply')),
  ]);
}

/** Whoever asks what became of an operation gets no answer either, for some time. */
async function lostRepliesAndLookups(lab: FaultLab, random: Seeded): Promise<void> {
  const lost = random.integer(1, 3);
  const make: Trouble = (operation, orderId) => [
    { operation, orderId, behaviour: 'lost_reply', times: 1 },
    { operation: 'lookup', orderId, behaviour: 'lost_reply', times: lost },
  ];
  await liveThroughAll(lab, make);
}

/** What the relay publishes arrives, and the broker's answer does not. */
async function lostRepliesOfTheBroker(lab: FaultLab, random: Seeded): Promise<void> {
  const shopping = lab.customers.shopFor(10, 200);
  for (let cuts = random.integer(2, 4); cuts > 0; cuts -= 1) {
    await lab.links.events.poison(
      { type: 'limit_data', attributes: { bytes: random.integer(1, 100) } },
      'downstream',
    );
    await delay(random.integer(500, 1_500));
    await lab.heal();
  }
  await shopping;
}

const errorsAfterSuccess = (lab: FaultLab, random: Seeded): Promise<void> =>
  liveThroughAll(lab, repeatedly(random, 'error_after'));

const errorsBefore = (lab: FaultLab, random: Seeded): Promise<void> =>
  liveThroughAll(lab, repeatedly(random, 'error_before'));

/** The first request is still being worked on when the next one comes: 409 until it is done. */
const conflictInFlight = (lab: FaultLab, random: Seeded): Promise<void> =>
  liveThroughAll(lab, (operation, orderId) => [
    { operation, orderId, behaviour: 'delay', delayMs: random.integer(5_500, 8_000) },
  ]);

const rateLimited = (lab: FaultLab, random: Seeded): Promise<void> =>
  liveThroughAll(lab, repeatedly(random, 'rate_limit', random.integer(200, 2_000)));

async function slowChallenge(lab: FaultLab): Promise<void> {
  await Promise.all([1, 2, 3].map(() => lab.customers.buy({ token: 'tok_slow' })));
}

/** Tokens that misbehave by themselves, and every way to be declined. */
async function tokens(lab: FaultLab): Promise<void> {
  const misbehaving = ['tok_error_before', 'tok_error_after', 'tok_lost_reply', 'tok_rate_limited'];
  const declined = ['insufficient_funds', 'do_not_honor', 'expired_card', 'fraud'];
  await Promise.all(
    [...misbehaving, ...declined.map((reason) => `tok_declined_${reason}`)].map((token) =>
      lab.customers.buy({ token }),
    ),
  );
}

/** The hold has ended at the provider before it was charged: it is let go, the money is held anew, and the order goes on. */
async function captureAfterExpiry(lab: FaultLab): Promise<void> {
  await Promise.all(
    [1, 2].map(() =>
      lab.customers.buy({
        before: (orderId) =>
          trouble(lab, [
            { operation: 'capture', orderId, behaviour: 'decline', code: 'authorization_expired' },
          ]),
      }),
    ),
  );
}

/** The charge is refused for good: nothing is sent, a person is asked, and a cancellation gives all back. */
async function captureRefused(lab: FaultLab): Promise<void> {
  const purchase = await lab.customers.buy({
    mayEndAs: ['cancelled'],
    before: async (orderId) => {
      await lab.shop.control('carrier', 'PUT', 'speed', { orderId, shippedAfterMs: 600_000 });
      await trouble(lab, [{ operation: 'capture', orderId, behaviour: 'decline', code: 'do_not_honor' }]);
    },
  });
  await lab.shop.until(purchase.orderId, 'in need of a person', ({ attention }) => attention !== null);
  await lab.customers.cancel(purchase);
}

/** The bank returns money that was given back: it is due again, which a person sees, and given back under another key. */
async function refundFailsLater(lab: FaultLab): Promise<void> {
  const purchase = await lab.customers.buy({ quantity: 2 });
  await lab.customers.refund(purchase, 150);
  const operations = (await lab.shop.control(
    'payments',
    'GET',
    `operations?orderId=${purchase.orderId}`,
  )) as readonly { readonly key: string; readonly operation: string }[];
  const key = operations.find(({ operation }) => operation === 'refund')?.key;
  await lab.shop.control('payments', 'POST', 'refunds/fail', { key });
  purchase.refundedMinor -= 150;
  await lab.shop.until(purchase.orderId, 'in need of a person', ({ attention }) => attention !== null);
  await lab.customers.refund(purchase, 150, 2);
}

/** Nobody there for a while: 503 to everything. Orders wait, and go on by themselves. */
async function maintenance(lab: FaultLab, random: Seeded): Promise<void> {
  const provider = random.pick(['payments', 'carrier'] as const);
  await lab.shop.control(provider, 'POST', 'faults', {
    rules: [{ operation: '*', times: -1, behaviour: 'maintenance' }],
  });
  const shopping = lab.customers.shopFor(8, 300);
  await delay(random.integer(8_000, 15_000));
  await lab.shop.control(provider, 'DELETE', 'faults');
  await shopping;
}

/** An order of which the provider says nothing at all, until it does. */
async function unreachable(lab: FaultLab, random: Seeded): Promise<void> {
  const buying = lab.customers.buy({ token: 'tok_unreachable' });
  const others = lab.customers.shopFor(5);
  const [{ orderId } = { orderId: '' }] = lab.customers.purchases;
  await waitFor(async () => (await lab.shop.request('GET', `/v1/orders/${orderId}`)).status === 200, {
    timeoutMs: 60_000,
    what: 'the order to be written down',
  });
  await delay(random.integer(3_000, 8_000));
  await lab.shop.control('payments', 'DELETE', 'faults');
  await Promise.all([buying, others]);
}

export const PROVIDER_FAULTS: readonly FaultCase[] = [
  { fault: 'F7', name: 'lost-replies', run: lostReplies },
  { fault: 'F7', name: 'lost-replies-and-lookups', run: lostRepliesAndLookups },
  { fault: 'F7', name: 'lost-replies-of-the-broker', run: lostRepliesOfTheBroker },
  { fault: 'F8', name: 'errors-after-success', run: errorsAfterSuccess },
  { fault: 'F8', name: 'errors-before', run: errorsBefore },
  { fault: 'F8', name: 'conflict-in-flight', run: conflictInFlight },
  { fault: 'F8', name: 'rate-limited', run: rateLimited },
  { fault: 'F8', name: 'slow-challenge', run: slowChallenge },
  { fault: 'F8', name: 'tokens', run: tokens },
  { fault: 'F8', name: 'capture-after-expiry', run: captureAfterExpiry },
  { fault: 'F8', name: 'capture-refused', run: captureRefused },
  { fault: 'F8', name: 'refund-fails-later', run: refundFailsLater },
  { fault: 'F8', name: 'maintenance', run: maintenance },
  { fault: 'F8', name: 'unreachable', run: unreachable },
];
