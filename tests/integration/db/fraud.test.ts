import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ScreeningSubject } from '../../../db/repositories/fraud.repository.ts';
import type { FraudAssessment, FraudOutcome } from '../../../src/domain/fraud/assess-fraud.ts';
import {
  bring,
  eventsOf,
  expectNoViolation,
  newOrder,
  openTestDatabase,
  operationsOf,
  refOf,
  stockItem,
  viewOf,
  type TestDatabase,
  type TestOrder,
} from './fixtures.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(async () => {
  await expectNoViolation(db);
  await db.close();
});

let people = 0;
/** Somebody who has nothing in common with anybody. */
function somebody(changes: Partial<ScreeningSubject> = {}): ScreeningSubject {
  const number = (people += 1);
  return {
    customerId: `cus_${number}`,
    total: { amountMinor: 200, currency: 'GBP' },
    country: 'GB',
    cardDigest: `card ${number}`,
    addressDigest: `address ${number}`,
    ...changes,
  };
}

function saying(outcome: FraudOutcome, score = 0.5): FraudAssessment {
  const signals = [{ code: 'CARD_SHARED', value: 1, weight: 0.6, share: score, sentence: 'Others use it.' }];
  return {
    score,
    outcome,
    modelVersion: 'test',
    parts: [{ scorer: 'rules', score, weight: 1, signals }],
    degraded: ['external'],
  };
}

async function reserved(): Promise<TestOrder> {
  const sku = await stockItem(db, { main: 5 });
  return bring(db, newOrder([{ sku, quantity: 2 }], { isScreened: true }), 'reserved');
}

async function screened(outcome: FraudOutcome, subject = somebody()): Promise<TestOrder> {
  const order = await reserved();
  await db.fraud.recordScreening({ ...refOf(order), subject, assessment: saying(outcome) });
  return order;
}

const rejection = { code: 'FRAUD_REFUSED', message: 'The order cannot be accepted' } as const;

describe('what is known of earlier orders', () => {
  test('is nothing of somebody who was never here', async () => {
    const { orderId } = await reserved();
    expect(await db.fraud.readScreening({ orderId, ...somebody() })).toEqual({
      recorded: null,
      earlier: {
        customer: { lastHour: 0, amountLastDayMinor: 0, accepted: 0, meanMinor: null, country: null },
        card: { lastDay: 0, otherCustomers: 0, country: null },
        address: { lastDay: 0, otherCustomers: 0 },
      },
    });
  });

  test('counts by customer, by card and by address, each by itself, and amounts of one currency only', async () => {
    const one = somebody();
    await screened('pass', one);
    await screened('pass', { ...one, country: 'FR', total: { amountMinor: 600, currency: 'GBP' } });
    await screened('pass', { ...one, country: 'FR', total: { amountMinor: 9_000, currency: 'EUR' } });
    await screened('refuse', { ...one, country: 'NG', total: { amountMinor: 50, currency: 'GBP' } });
    await screened('pass', somebody({ cardDigest: one.cardDigest }));
    await screened('pass', somebody({ addressDigest: one.addressDigest }));
    const { orderId } = await reserved();
    const { earlier } = await db.fraud.readScreening({ orderId, ...one });
    expect(earlier).toEqual({
      customer: { lastHour: 4, amountLastDayMinor: 850, accepted: 3, meanMinor: 400, country: 'FR' },
      card: { lastDay: 5, otherCustomers: 1, country: expect.stringMatching(/^(FR|GB)$/) },
      address: { lastDay: 5, otherCustomers: 1 },
    });
  });

  test('does not count the order itself', async () => {
    const one = somebody();
    const { orderId } = await screened('pass', one);
    const { earlier, recorded } = await db.fraud.readScreening({ orderId, ...one });
    expect(earlier.customer.lastHour).toBe(0);
    expect(recorded).toEqual({ outcome: 'pass', status: 'reserved', version: 2, decision: null });
  });
});

describe('an assessment', () => {
  test('that lets an order pass changes nothing of it, and is read as it was recorded', async () => {
    const { orderId } = await screened('pass');
    expect(await viewOf(db, orderId)).toMatchObject({ status: 'reserved', version: 2 });
    expect(await db.fraud.findAssessment(orderId)).toEqual({
      orderId,
      ...saying('pass'),
      at: expect.stringMatching(/Z$/),
      review: null,
    });
  });

  test('that wants a review holds the order and opens it, with one event', async () => {
    const order = await screened('review');
    const { orderId } = order;
    const { status, version, waiting } = await viewOf(db, orderId);
    expect({ status, version, waitsFor: waiting?.for }).toEqual({
      status: 'in_review',
      version: 3,
      waitsFor: 'review',
    });
    expect(await eventsOf(db, orderId)).toEqual([
      'order.placed',
      'inventory.reserved',
      'order.review_started',
    ]);
    const review = await db.fraud.findReview(orderId);
    expect(review).toMatchObject({ state: 'open', assignee: null, decision: null, deadline: waiting?.until });
    const [started] = await db.orderReads.events(orderId, 2, 1);
    expect(started?.data).toEqual({ until: review?.deadline });
  });

  test('is recorded once: of several attempts at the same moment all are told what the first one said', async () => {
    const order = await reserved();
    const subject = somebody();
    const attempts = (['review', 'pass', 'refuse', 'review', 'pass'] as const).map((outcome) =>
      db.fraud.recordScreening({ ...refOf(order), subject, assessment: saying(outcome) }),
    );
    const outcomes = (await Promise.all(attempts)).map(({ outcome }) => outcome);
    expect(new Set(outcomes).size).toBe(1);
    const recorded = await db.fraud.findAssessment(order.orderId);
    expect(recorded?.outcome).toBe(outcomes[0]);
    const { status } = await viewOf(db, order.orderId);
    expect(status).toBe(outcomes[0] === 'review' ? 'in_review' : 'reserved');
  });

  test('does not hold an order that is being cancelled', async () => {
    const order = await reserved();
    await db.orders.startCancelling({ ...refOf(order), reason: 'customer_request' });
    const assessment = saying('review');
    expect(
      await db.fraud.recordScreening({ ...refOf(order), subject: somebody(), assessment }),
    ).toMatchObject({ outcome: 'review', status: 'cancelling' });
    expect(await db.fraud.findReview(order.orderId)).toBeNull();
  });
});

describe('a review', () => {
  const approval = { state: 'approved', decision: 'approve', decidedBy: 'key:op', reason: 'known' } as const;

  test('is decided once, and the order waits for its money', async () => {
    const order = await screened('review');
    expect(await db.fraud.recordReviewEnd({ ...refOf(order), ...approval })).toMatchObject({
      applied: true,
      status: 'in_review',
      version: 3,
    });
    const refusal = { ...approval, state: 'rejected', decision: 'reject' } as const;
    expect(await db.fraud.recordReviewEnd({ ...refOf(order), ...refusal })).toMatchObject({ applied: false });
    expect(await db.fraud.findReview(order.orderId)).toMatchObject(approval);
    expect((await viewOf(db, order.orderId)).waiting).toMatchObject({ for: 'authorization' });
  });

  test('that ends in a rejection leaves no authorization to wait for', async () => {
    const order = await screened('review');
    await db.fraud.recordReviewEnd({ ...refOf(order), ...approval, state: 'rejected', decision: 'reject' });
    await db.orders.releaseReservations(refOf(order));
    await db.orders.recordRejected({ ...refOf(order), rejection });
    expect(await viewOf(db, order.orderId)).toMatchObject({ status: 'rejected', rejection });
    expect(await operationsOf(db, order.orderId)).toEqual({ [order.authorizationKey]: 'not_needed' });
  });

  test('is withdrawn when the order is cancelled first', async () => {
    const order = await screened('review');
    await db.orders.startCancelling({ ...refOf(order), reason: 'customer_request' });
    await db.orders.releaseReservations(refOf(order));
    await db.orders.recordCancelled(refOf(order));
    expect(await db.fraud.findReview(order.orderId)).toMatchObject({ state: 'withdrawn', decision: null });
    expect(await operationsOf(db, order.orderId)).toEqual({ [order.authorizationKey]: 'not_needed' });
  });

  test('can be given to somebody and taken back while it is open', async () => {
    const order = await screened('review');
    const { orderId } = order;
    expect(await db.fraud.assignReview({ orderId, assignee: 'key:op' })).toMatchObject({
      assignee: 'key:op',
    });
    expect(await db.fraud.assignReview({ orderId, assignee: null })).toMatchObject({ assignee: null });
    await db.fraud.recordReviewEnd({ ...refOf(order), ...approval });
    expect(await db.fraud.assignReview({ orderId, assignee: 'key:op' })).toMatchObject({
      state: 'approved',
      assignee: null,
    });
    expect(await db.fraud.assignReview({ orderId: 'ord_nobody', assignee: null })).toBeNull();
  });

  test('is listed while it is open, page by page, the one that ends first first', async () => {
    const orders = [await screened('review'), await screened('review'), await screened('review')];
    for (const { orderId } of orders) await db.fraud.assignReview({ orderId, assignee: 'key:lister' });
    const first = await db.fraud.listReviews({ assignee: 'key:lister', limit: 2 });
    expect(first.items.map(({ orderId }) => orderId)).toEqual(
      first.items
        .toSorted(
          (one, other) =>
            one.deadline.localeCompare(other.deadline) || one.orderId.localeCompare(other.orderId),
        )
        .map(({ orderId }) => orderId),
    );
    expect(first.items[0]).toMatchObject({ score: 0.5, total: { amountMinor: 200, currency: 'GBP' } });
    const rest = await db.fraud.listReviews({
      assignee: 'key:lister',
      limit: 2,
      cursor: first.nextCursor ?? '',
    });
    expect(rest.nextCursor).toBeNull();
    const listed = [...first.items, ...rest.items].map(({ orderId }) => orderId);
    expect(listed.toSorted()).toEqual(orders.map(({ orderId }) => orderId).toSorted());
    await expect(db.fraud.listReviews({ limit: 1, cursor: 'nonsense' })).rejects.toThrow(RangeError);
  });
});

test('an order that screening refuses leaves no authorization to wait for', async () => {
  const order = await screened('refuse');
  await db.orders.releaseReservations(refOf(order));
  await db.orders.recordRejected({ ...refOf(order), rejection });
  expect(await operationsOf(db, order.orderId)).toEqual({ [order.authorizationKey]: 'not_needed' });
});
