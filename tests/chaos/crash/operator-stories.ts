/** Orders to which an operator does what only operators do. */
import { waitFor } from '../../../embedded/wait-for.ts';
import { paymentOperationKey } from '../../../src/domain/ids.ts';
import type { OrderView } from '../../../src/domain/orders/order.ts';
import type { Answer, ShopLab } from '../support/shop-lab.ts';
import type { Story, StoryOrder } from './order-stories.ts';

const TOTAL_MINOR = 1110;
/** Restarts of several victims, one after another, on a machine that is busy. */
const PATIENCE_MS = 900_000;
const HELD = `authorize succeeded ${TOTAL_MINOR}`;
const CHARGED = `capture succeeded ${TOTAL_MINOR}`;
const COMPLETED = {
  status: 'completed',
  paymentStatus: 'captured',
  money: [HELD, CHARGED],
  onHand: 1,
} as const;
const TWO_PARCELS = ['book succeeded', 'book succeeded'] as const;
/** The carrier does not deliver there. */
const NOT_SERVED = '00000';
const OTHER_ADDRESS = {
  name: 'Jane Doe',
  line1: '2 Low Street',
  city: 'York',
  postalCode: 'YO1 7HH',
  country: 'GB',
};

export const OPERATOR_STORIES = {
  /** Held before its label, sent to another address from one location instead of two, and let go. */
  redirected: {
    answer: 202,
    prepare: async (lab, { orderId }) => {
      // The money is not held before the order is, so there is time.
      await addFault(lab, 'payments', {
        operation: 'authorize',
        orderId,
        times: -1,
        behaviour: 'maintenance',
      });
    },
    afterwards: async (lab, order) => {
      await operate(lab, order, 'hold', {});
      // Only now, or it would have been sent from there in the first place.
      await lab.insist('POST', `/v1/inventory/${order.sku}/adjustments`, {
        idempotencyKey: `more-${order.sku}`,
        body: { locationId: 'west', quantity: 1, reason: 'received' },
      });
      await lab.control('payments', 'DELETE', `faults?orderId=${order.orderId}`);
      await until(lab, order, 'held', ({ waiting }) => waiting?.for === 'held');
      await operate(lab, order, 'change_address', { shipTo: OTHER_ADDRESS });
      await operate(lab, order, 'reroute', { locationId: 'west' });
      await operate(lab, order, 'release', {});
    },
    ends: { ...COMPLETED, parcels: ['book succeeded'], onHand: 2, mails: 2 },
  },
  /** The carrier serves the address no more than the next one, and then one that it does serve. */
  corrected: {
    postalCode: NOT_SERVED,
    answer: 201,
    afterwards: async (lab, order) => {
      await until(lab, order, 'refused', isRefused);
      await operate(lab, order, 'change_address', {
        shipTo: { ...OTHER_ADDRESS, postalCode: NOT_SERVED },
      });
      await until(lab, order, 'refused again', isRefused);
      await operate(lab, { ...order, key: `${order.key}-again` }, 'change_address', {
        shipTo: OTHER_ADDRESS,
      });
    },
    ends: {
      ...COMPLETED,
      // Of both parcels, twice: what was never booked is cancelled all the same, so that it cannot be booked any more.
      parcels: [...TWO_PARCELS, ...Array<string>(4).fill('cancel succeeded')],
      mails: 2,
    },
  },
  /** Charged, and nobody could say so. */
  resolved: {
    answer: 201,
    prepare: async (lab, { orderId }) => {
      await addFault(
        lab,
        'payments',
        { operation: 'capture', orderId, times: 1, behaviour: 'lost_reply' },
        { operation: 'lookup', orderId, times: -1, behaviour: 'maintenance' },
      );
    },
    // Somebody else's kill can make the hold doubtful as well, and nobody can look that up.
    meanwhile: async (lab, order) => {
      const { status } = await until(
        lab,
        order,
        'decided or in doubt',
        (view) => (view.status !== 'placed' && view.status !== 'reserved') || isInDoubt(view, 'authorize'),
      );
      if (status === 'reserved') await resolve(lab, order, 'authorize');
    },
    afterwards: async (lab, order) => {
      await until(lab, order, 'in doubt', (view) => isInDoubt(view, 'capture'));
      await resolve(lab, order, 'capture');
    },
    ends: { ...COMPLETED, parcels: TWO_PARCELS, mails: 2 },
  },
  /** The mailbox takes nothing, neither that it is confirmed nor that it is shipped. */
  mails_given_up: {
    answer: 201,
    mailbox: 'mailbox-busy',
    afterwards: async (lab, order) => {
      let givenUp = 0;
      await waitFor(
        async () => {
          const key = `skip-${order.key}-${Math.random()}`;
          const { status } = await ask(lab, order, 'skip_step', { step: 'notification' }, key);
          if (status === 200) givenUp += 1;
          return givenUp === 2;
        },
        { timeoutMs: PATIENCE_MS, intervalMs: 200, what: 'both mails to be given up' },
      );
    },
    ends: { ...COMPLETED, parcels: TWO_PARCELS, mails: 0 },
  },
} as const satisfies Record<string, Story>;

/** A cause that is left from the time before goes away before the order waits for another correction. */
const isRefused = ({ attention, waiting }: OrderView): boolean =>
  attention?.code === 'SHIPMENT_REFUSED' && waiting?.for === 'correction';

function until(
  lab: ShopLab,
  { orderId }: StoryOrder,
  what: string,
  is: (view: OrderView) => boolean,
): Promise<OrderView> {
  return lab.until(orderId, what, is, PATIENCE_MS);
}

function ask(
  lab: ShopLab,
  { orderId }: StoryOrder,
  action: string,
  body: Readonly<Record<string, unknown>>,
  idempotencyKey: string,
): Promise<Answer> {
  const path = `/v1/ops/orders/${orderId}/actions/${action}`;
  return lab.insist('POST', path, { idempotencyKey, body: { ...body, reason: 'asked for' } }, PATIENCE_MS);
}

const CALLS = { authorize: 'AUTHORIZATION_UNRESOLVED', capture: 'CAPTURE_UNRESOLVED' } as const;

/** Where the database is away at the moment of the doubt it is not written down, and a person is called without it. */
function isInDoubt({ waiting, attentions }: OrderView, kind: keyof typeof CALLS): boolean {
  return waiting?.for === `${kind}_outcome` || attentions.some(({ code }) => code === CALLS[kind]);
}

/** Says of an operation what the provider's own pages show. */
async function resolve(lab: ShopLab, order: StoryOrder, kind: keyof typeof CALLS): Promise<void> {
  const operations = (await lab.control(
    'payments',
    'GET',
    `operations?orderId=${order.orderId}`,
  )) as readonly { readonly id: string; readonly operation: string }[];
  const found = operations.find(({ operation }) => operation === kind);
  await operate(lab, { ...order, key: `${order.key}-${kind}` }, 'resolve_outcome', {
    operationKey: paymentOperationKey(order.orderId, kind),
    ...(found === undefined
      ? { outcome: 'never_happened' }
      : { outcome: 'succeeded', providerReference: found.id }),
    evidence: 'seen on the pages of the provider',
  });
}

async function operate(
  lab: ShopLab,
  order: StoryOrder,
  action: string,
  body: Readonly<Record<string, unknown>>,
): Promise<void> {
  const answer = await ask(lab, order, action, body, `${action}-${order.key}`);
  if (answer.status !== 200) throw new Error(`${action} was answered ${answer.status}: ${answer.text}`);
}

async function addFault(
  lab: ShopLab,
  provider: 'payments' | 'carrier',
  ...rules: readonly Readonly<Record<string, unknown>>[]
): Promise<void> {
  await lab.control(provider, 'POST', 'faults', { rules });
}
