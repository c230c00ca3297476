/**
 * What happens to an order, as its customer, its carrier and an operator make it happen, and how everything must stand when
 * it is over, whatever was killed meanwhile. Every order takes three units that lie two here and two there, so it has two parcels.
 */
import { Connection } from '@temporalio/client';
import { refundOperationKey } from '../../../src/domain/ids.ts';
import type { OrderView } from '../../../src/domain/orders/order.ts';
import { waitFor } from '../../../embedded/wait-for.ts';
import type { Answer, ShopLab } from '../support/shop-lab.ts';
import { OPERATOR_STORIES } from './operator-stories.ts';

export const ON_HAND = { main: 2, west: 2 } as const;
const QUANTITY = 3;
const TOTAL_MINOR = 1110;
const LONG_MS = 86_400_000;
/** Restarts of several victims, one after another, on a machine that is busy. */
const PATIENCE_MS = 900_000;

export interface StoryOrder {
  readonly key: string;
  readonly orderId: string;
  readonly sku: string;
  /** Nobody else gets mails there. */
  readonly email: string;
}

export interface Story {
  readonly token?: string;
  readonly postalCode?: string;
  /** The customer's mailbox, at a domain that nobody else has. @default one of the order's own, which takes everything */
  readonly mailbox?: string;
  /** Done before the order is placed. */
  readonly prepare?: (lab: ShopLab, order: StoryOrder) => Promise<void>;
  /** Done while it is being placed; the story goes on when both are over. */
  readonly meanwhile?: (lab: ShopLab, order: StoryOrder) => Promise<void>;
  /** Status of the answer to the request that places it; 202 while it is being decided. */
  readonly answer: number;
  /** What is done when it is placed. */
  readonly afterwards?: (lab: ShopLab, order: StoryOrder) => Promise<void>;
  readonly ends: {
    readonly status: OrderView['status'];
    readonly paymentStatus: OrderView['paymentStatus'];
    /** At the payment provider, in this order. */
    readonly money: readonly string[];
    /** Of the parcels that the carrier knows. */
    readonly parcels: readonly string[];
    /** Units over both locations. */
    readonly onHand: number;
    /** Subjects begin so, each once; null where the timing decides whether a mail is still right. */
    readonly mails: number | null;
  };
}

const UNDONE = { status: 'cancelled', onHand: 4, mails: null } as const;
const HELD = `authorize succeeded ${TOTAL_MINOR}`;
const CHARGED = `capture succeeded ${TOTAL_MINOR}`;

export const STORIES = {
  completed: {
    answer: 201,
    ends: {
      status: 'completed',
      paymentStatus: 'captured',
      money: [HELD, CHARGED],
      parcels: ['book succeeded', 'book succeeded'],
      onHand: 1,
      mails: 2,
    },
  },
  reviewed: {
    prepare: async (lab, { orderId }) => {
      await lab.control('fraud', 'PUT', 'scores', { orderId, score: 0.7 });
    },
    meanwhile: approve,
    answer: 201,
    ends: {
      status: 'completed',
      paymentStatus: 'captured',
      money: [HELD, CHARGED],
      parcels: ['book succeeded', 'book succeeded'],
      onHand: 1,
      mails: 2,
    },
  },
  declined: {
    token: 'tok_declined_do_not_honor',
    answer: 402,
    ends: {
      status: 'rejected',
      paymentStatus: 'declined',
      money: [`authorize declined ${TOTAL_MINOR}`],
      parcels: [],
      onHand: 4,
      // One, when whoever asked was told to wait.
      mails: null,
    },
  },
  cancelled_before_capture: {
    // The carrier takes no booking, so the order stays where its money is held and not charged.
    prepare: (lab, { orderId }) =>
      addFault(lab, { operation: 'book', orderId, times: -1, behaviour: 'maintenance' }),
    answer: 201,
    afterwards: cancel,
    ends: {
      ...UNDONE,
      paymentStatus: 'voided',
      money: [HELD, `void succeeded ${TOTAL_MINOR}`],
      parcels: [],
    },
  },
  cancelled_after_capture: {
    prepare: parcelsStay,
    answer: 201,
    afterwards: async (lab, order) => {
      await until(lab, order, 'charged', ({ paymentStatus }) => paymentStatus === 'captured');
      await cancel(lab, order);
    },
    ends: {
      ...UNDONE,
      paymentStatus: 'refunded',
      money: [HELD, CHARGED, `refund succeeded ${TOTAL_MINOR}`],
      parcels: ['book succeeded', 'book succeeded', 'cancel succeeded', 'cancel succeeded'],
    },
  },
  refunded: {
    answer: 201,
    afterwards: async (lab, order) => {
      await refund(lab, order, { lines: [{ lineId: '1', quantity: 1 }], restock: true });
    },
    ends: {
      status: 'completed',
      paymentStatus: 'partially_refunded',
      money: [HELD, CHARGED, 'refund succeeded 370'],
      parcels: ['book succeeded', 'book succeeded'],
      onHand: 2,
      mails: 3,
    },
  },
  refund_returned: {
    answer: 201,
    afterwards: async (lab, order) => {
      const refundId = await refund(lab, order, { amountMinor: 370 });
      // The bank returns the money days later.
      await lab.control('payments', 'POST', 'refunds/fail', { key: refundOperationKey(refundId) });
      await until(lab, order, 'told that the refund has failed', ({ refunds }) =>
        refunds.some(({ status }) => status === 'failed'),
      );
      await refund(lab, { ...order, key: `${order.key}-again` }, { amountMinor: 370 });
    },
    ends: {
      status: 'completed',
      paymentStatus: 'partially_refunded',
      money: [HELD, CHARGED, 'refund failed 370', 'refund succeeded 370'],
      parcels: ['book succeeded', 'book succeeded'],
      onHand: 1,
      mails: null,
    },
  },
  taken_up: {
    prepare: parcelsStay,
    answer: 201,
    afterwards: async (lab, order) => {
      const { orderId } = order;
      await until(lab, order, 'charged', ({ paymentStatus }) => paymentStatus === 'captured');
      await terminate(lab, orderId);
      await lab.control('carrier', 'PUT', 'speed', { orderId, shippedAfterMs: 0 });
      await until(lab, order, 'completed', ({ status }) => status === 'completed');
    },
    ends: {
      status: 'completed',
      paymentStatus: 'captured',
      money: [HELD, CHARGED],
      parcels: ['book succeeded', 'book succeeded'],
      onHand: 1,
      mails: null,
    },
  },
  label_refused: {
    postalCode: '00000',
    answer: 201,
    afterwards: async (lab, order) => {
      await until(
        lab,
        order,
        'waiting for a person',
        ({ attention }) => attention?.code === 'SHIPMENT_REFUSED',
      );
      await cancel(lab, order);
    },
    ends: {
      ...UNDONE,
      paymentStatus: 'voided',
      money: [HELD, `void succeeded ${TOTAL_MINOR}`],
      parcels: [],
    },
  },
  ...OPERATOR_STORIES,
} as const satisfies Record<string, Story>;
export type StoryName = keyof typeof STORIES;

function insist(
  lab: ShopLab,
  path: string,
  request: { readonly idempotencyKey: string; readonly body: unknown },
): Promise<Answer> {
  return lab.insist('POST', path, request, PATIENCE_MS);
}

function until(
  lab: ShopLab,
  { orderId }: StoryOrder,
  what: string,
  is: (view: OrderView) => boolean,
): Promise<OrderView> {
  return lab.until(orderId, what, is, PATIENCE_MS);
}

async function cancel(lab: ShopLab, { key, orderId }: StoryOrder): Promise<void> {
  const answer = await insist(lab, `/v1/orders/${orderId}/cancel`, {
    idempotencyKey: `cancel-${key}`,
    body: { reason: 'customer_request' },
  });
  if (answer.status !== 200)
    throw new Error(`the cancellation was answered ${answer.status}: ${answer.text}`);
}

/** As an operator does who finds it in the queue. One that has come past screening without a score is not there. */
async function approve(lab: ShopLab, order: StoryOrder): Promise<void> {
  const found = await until(
    lab,
    order,
    'screened',
    ({ status }) => status !== 'placed' && status !== 'reserved',
  );
  if (found.status !== 'in_review') return;
  const answer = await insist(lab, `/v1/ops/reviews/${order.orderId}/decisions`, {
    idempotencyKey: `review-${order.key}`,
    body: { decision: 'approve', reason: 'known to the shop' },
  });
  if (answer.status !== 200) throw new Error(`the decision was answered ${answer.status}: ${answer.text}`);
}

/** @returns the id of the refund */
async function refund(
  lab: ShopLab,
  order: StoryOrder,
  what: Readonly<Record<string, unknown>>,
): Promise<string> {
  const { key, orderId } = order;
  await until(lab, order, 'completed', ({ status }) => status === 'completed');
  const answer = await insist(lab, `/v1/orders/${orderId}/refunds`, {
    idempotencyKey: `refund-${key}`,
    body: { ...what, reason: 'damaged' },
  });
  if (answer.status !== 201) throw new Error(`the refund was answered ${answer.status}: ${answer.text}`);
  return String(answer.body['id']);
}

/** As somebody does by hand in Temporal's pages. */
async function terminate({ addresses }: ShopLab, workflowId: string): Promise<void> {
  const connection = await Connection.connect({ address: addresses.temporalAddress });
  try {
    await connection.workflowService.terminateWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId },
      reason: 'by hand',
    });
  } finally {
    await connection.close();
  }
}

async function parcelsStay(lab: ShopLab, { orderId }: StoryOrder): Promise<void> {
  await lab.control('carrier', 'PUT', 'speed', { orderId, shippedAfterMs: LONG_MS });
}

async function addFault(lab: ShopLab, rule: Readonly<Record<string, unknown>>): Promise<void> {
  await lab.control('carrier', 'POST', 'faults', { rules: [rule] });
}

/** Tells the story of one order until the last request of it is answered. @throws Error when an answer is not as it must be */
export async function tellStory(lab: ShopLab, name: StoryName, order: StoryOrder): Promise<void> {
  const story: Story = STORIES[name];
  await story.prepare?.(lab, order);
  const body = lab.orderBody([{ sku: order.sku, quantity: QUANTITY }], story.token);
  const shipTo = body['shipTo'] as Readonly<Record<string, unknown>>;
  const request = {
    idempotencyKey: order.key,
    body: {
      ...body,
      contact: {
        email:
          story.mailbox === undefined ? order.email : `${story.mailbox}@${order.orderId.slice(4)}.example`,
      },
      shipTo: story.postalCode === undefined ? shipTo : { ...shipTo, postalCode: story.postalCode },
    },
  };
  const placing = story.answer === 202 ? untilTaken(lab, request) : insist(lab, '/v1/orders', request);
  const [placed] = await Promise.all([placing, story.meanwhile?.(lab, order)]);
  if (placed.status !== story.answer)
    throw new Error(`the order was answered ${placed.status}, not ${story.answer}: ${placed.text}`);
  await story.afterwards?.(lab, order);
}

/** Somebody else's attempt may be under way, or who should take it may be away. */
function untilTaken(
  lab: ShopLab,
  request: { readonly idempotencyKey: string; readonly body: unknown },
): Promise<Answer> {
  return waitFor(
    async () => {
      const answer = await lab.request('POST', '/v1/orders', request).catch((error: unknown) => {
        if (error instanceof TypeError) return null;
        throw error;
      });
      return answer !== null && answer.status < 400 ? answer : null;
    },
    { timeoutMs: PATIENCE_MS, what: 'the order to be taken' },
  );
}

interface Operation {
  readonly operation: string;
  readonly status: string;
  readonly amountMinor: number;
}

/** Everything about the order that is not as it must be at the end. */
export async function whatIsWrong(lab: ShopLab, name: StoryName, order: StoryOrder): Promise<string[]> {
  const { ends }: Story = STORIES[name];
  const [view, money, parcels, shelf, mails] = await Promise.all([
    lab.order(order.orderId),
    operationsOf(lab, 'payments', order.orderId),
    operationsOf(lab, 'carrier', order.orderId),
    shelfOf(lab, order.sku),
    mailsTo(lab, order.email),
  ]);
  const problems: string[] = [];
  const expect = (what: string, is: unknown, should: unknown): void => {
    const [one, other] = [JSON.stringify(is), JSON.stringify(should)];
    if (one !== other) problems.push(`${order.orderId}: ${what} is ${one}, not ${other}`);
  };
  expect('status', view.status, ends.status);
  expect('payment status', view.paymentStatus, ends.paymentStatus);
  expect('attention', view.attention, null);
  expect(
    'money',
    money.map(({ operation, status, amountMinor }) => `${operation} ${status} ${amountMinor}`),
    ends.money,
  );
  // A cancellation that found no booking is remembered, and is none of a parcel.
  const moved = parcels.map(({ operation, status }) => `${operation} ${status}`);
  const booked = moved.some((text) => text.startsWith('book'));
  expect('parcels', booked ? moved.toSorted() : [], ends.parcels);
  expect('shelf', shelf, { onHand: ends.onHand, reserved: 0 });
  if (ends.mails !== null) expect('number of mails', mails.length, ends.mails);
  expect('mails that came twice', mails.length - new Set(mails).size, 0);
  return problems;
}

async function operationsOf(
  lab: ShopLab,
  provider: 'payments' | 'carrier',
  orderId: string,
): Promise<readonly Operation[]> {
  return (await lab.control(provider, 'GET', `operations?orderId=${orderId}`)) as readonly Operation[];
}

async function shelfOf(
  lab: ShopLab,
  sku: string,
): Promise<{ readonly onHand: unknown; readonly reserved: unknown }> {
  const { status, body, text } = await lab.request('GET', `/v1/inventory/${sku}`);
  if (status !== 200) throw new Error(`the shelf of ${sku} cannot be read: ${text}`);
  return { onHand: body['onHand'], reserved: body['reserved'] };
}

/** Message ids of what really arrived. */
async function mailsTo(lab: ShopLab, email: string): Promise<readonly string[]> {
  const response = await fetch(
    `${lab.addresses.mailUrl}/api/messages?limit=1000&to=${encodeURIComponent(email)}`,
  );
  const { items } = (await response.json()) as { readonly items: readonly { readonly messageId: string }[] };
  return items.map(({ messageId }) => messageId);
}
