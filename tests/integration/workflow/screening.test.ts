/** Orders that are screened: what passes, what is refused, and what a person decides, on real parts. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { API_KEY, startFraudScore, type Program } from '../simulators/programs.ts';
import { OrderLab, type PlaceOptions } from './order-lab.ts';

let scorer: Program;
let lab: OrderLab;
beforeAll(async () => {
  scorer = await startFraudScore();
  lab = await OrderLab.start({
    FRAUD_SCORE_URL: scorer.url,
    FRAUD_SCORE_API_KEY: API_KEY,
    // The score is what the scorer is told to say, whatever else the tests of this file order.
    FRAUD_WEIGHT_RULES: '0',
    FRAUD_WEIGHT_MODEL: '0',
    FRAUD_WEIGHT_EXTERNAL: '1',
    // However busy the machine is.
    FRAUD_SCORE_TIMEOUT_MS: '15000',
  });
});
afterEach(async () => {
  await scorer.send('DELETE', '/control/faults');
  expect(await lab.violations()).toEqual([]);
});
afterAll(async () => {
  await lab?.stop();
  await scorer?.dispose();
});

const REJECT = { reviewDefault: 'reject' } as const;
const HELD = 'authorize succeeded 1110';

/** An order of three units out of five whose score is this. */
async function placeScored(score: number, options: PlaceOptions = {}) {
  const sku = await lab.stock(5);
  const placed = await lab.place({
    screening: REJECT,
    lines: [{ sku, quantity: 3 }],
    ...options,
    prepare: async (orderId) => {
      await scorer.send('PUT', '/control/scores', { body: { orderId, score } });
      await options.prepare?.(orderId);
    },
  });
  return { ...placed, sku };
}

const assessmentOf = (orderId: string) => lab.repositories.fraud.findAssessment(orderId);
const reviewOf = (orderId: string) => lab.repositories.fraud.findReview(orderId);

async function authorizationOf(orderId: string): Promise<string | undefined> {
  const [row] = await lab.database.query<{ status: string }>(
    'test.authorization',
    sql`SELECT status FROM provider_operations WHERE order_id = ${orderId} AND kind = 'authorize'`,
  );
  return row?.status;
}

describe('an order that passes', () => {
  test('is confirmed as one that is not screened, and its assessment is kept', async () => {
    const { orderId, outcome } = await placeScored(0.2);
    expect(await outcome).toMatchObject({ outcome: 'confirmed' });
    expect(await assessmentOf(orderId)).toMatchObject({
      outcome: 'pass',
      score: 0.2,
      degraded: [],
      review: null,
    });
    await lab.untilClosed(orderId);
    expect(await lab.events(orderId)).not.toContain('order.review_started');
  });

  test('is confirmed although the scorer is down, and the assessment says so', async () => {
    await scorer.send('PUT', '/control/faults', {
      body: { rules: [{ operation: 'score', times: -1, behaviour: 'maintenance' }] },
    });
    const { orderId, outcome } = await placeScored(0.9);
    expect(await outcome).toMatchObject({ outcome: 'confirmed' });
    const found = await assessmentOf(orderId);
    expect(found).toMatchObject({ degraded: ['external'] });
    expect(found?.parts.map(({ scorer: name }) => name)).toEqual(['rules', 'model']);
    await lab.untilClosed(orderId);
  });
});

describe('an order that is refused', () => {
  test('is rejected after its stock was given back, and nobody was asked for money', async () => {
    const { orderId, outcome, sku } = await placeScored(0.8);
    expect(await outcome).toMatchObject({
      outcome: 'rejected',
      rejection: { code: 'FRAUD_REFUSED', message: 'The order cannot be accepted' },
    });
    await lab.untilClosed(orderId);
    expect(await lab.order(orderId)).toMatchObject({ status: 'rejected', paymentStatus: 'none' });
    expect(await lab.moneyMoves(orderId)).toEqual([]);
    expect(await authorizationOf(orderId)).toBe('not_needed');
    expect(await lab.shelf(sku)).toBe('5/0');
    expect(await lab.events(orderId)).toEqual([
      'order.placed',
      'inventory.reserved',
      'inventory.released',
      'order.rejected',
    ]);
    // Whoever asked has the answer.
    expect(await lab.mails(orderId)).toEqual([]);
  });

  test('is told so by mail when whoever asked was told to wait', async () => {
    const { orderId, outcome } = await placeScored(0.8, { answerWithinMs: 0 });
    await outcome;
    await lab.untilClosed(orderId);
    expect(await lab.mails(orderId)).toEqual(['Your order could not be accepted']);
  });
});

describe('an order under review', () => {
  test('is answered at once, holds its stock, and has asked for no money', async () => {
    const { orderId, outcome, sku } = await placeScored(0.7);
    expect(await outcome).toMatchObject({ outcome: 'in_review', rejection: null });
    expect(await lab.order(orderId)).toMatchObject({
      status: 'in_review',
      paymentStatus: 'none',
      waiting: { for: 'review', owner: 'operator' },
    });
    expect(await reviewOf(orderId)).toMatchObject({ state: 'open', decision: null });
    expect(await lab.moneyMoves(orderId)).toEqual([]);
    expect(await lab.shelf(sku)).toBe('5/3');
    await lab.review(orderId, 'reject');
    await lab.untilClosed(orderId);
  });

  test('goes on when it is approved, once, and a second decision is refused', async () => {
    const { orderId, outcome } = await placeScored(0.7);
    await outcome;
    expect(await lab.review(orderId, 'approve')).toEqual({ kind: 'decided', decision: 'approve' });
    expect(await lab.review(orderId, 'reject', 'too-late')).toEqual({ kind: 'refused' });
    expect(await reviewOf(orderId)).toMatchObject({
      state: 'approved',
      decision: 'approve',
      decidedBy: 'key:lab',
      reason: 'looked at',
    });
    await lab.untilClosed(orderId);
    expect(await lab.order(orderId)).toMatchObject({ status: 'completed', paymentStatus: 'captured' });
    expect((await lab.moneyMoves(orderId))[0]).toBe(HELD);
    expect((await lab.events(orderId)).slice(0, 5)).toEqual([
      'order.placed',
      'inventory.reserved',
      'order.review_started',
      'payment.authorized',
      'order.confirmed',
    ]);
  });

  test('ends when it is rejected, with its stock given back', async () => {
    const { orderId, outcome, sku } = await placeScored(0.7);
    await outcome;
    expect(await lab.review(orderId, 'reject')).toEqual({ kind: 'decided', decision: 'reject' });
    await lab.untilClosed(orderId);
    expect(await lab.order(orderId)).toMatchObject({
      status: 'rejected',
      rejection: { code: 'FRAUD_REFUSED' },
    });
    expect(await reviewOf(orderId)).toMatchObject({ state: 'rejected' });
    expect(await lab.mails(orderId)).toEqual(['Your order could not be accepted']);
    expect(await lab.moneyMoves(orderId)).toEqual([]);
    expect(await authorizationOf(orderId)).toBe('not_needed');
    expect(await lab.shelf(sku)).toBe('5/0');
  });

  test.each([
    ['reject', 'rejected'],
    ['approve', 'completed'],
  ] as const)('that nobody decides in time ends by the default %s', async (reviewDefault, status) => {
    const { orderId, outcome } = await placeScored(0.7, {
      screening: { reviewDefault },
      deadlines: { reviewWithinMs: 300 },
    });
    expect(await outcome).toMatchObject({ outcome: 'in_review' });
    await lab.untilClosed(orderId);
    expect(await lab.order(orderId)).toMatchObject({ status });
    expect(await reviewOf(orderId)).toMatchObject({
      state: 'expired',
      decision: reviewDefault,
      decidedBy: 'workflow',
    });
  });

  test('can be cancelled, and its review is over with it', async () => {
    const { orderId, outcome, sku } = await placeScored(0.7);
    await outcome;
    expect(await lab.cancel(orderId)).toEqual({ kind: 'cancelled' });
    await lab.untilClosed(orderId);
    expect(await lab.order(orderId)).toMatchObject({ status: 'cancelled', paymentStatus: 'none' });
    expect(await reviewOf(orderId)).toMatchObject({ state: 'withdrawn', decision: null });
    expect(await lab.moneyMoves(orderId)).toEqual([]);
    expect(await authorizationOf(orderId)).toBe('not_needed');
    expect(await lab.shelf(sku)).toBe('5/0');
  });

  test('waits on when its worker is killed', async () => {
    const { orderId, outcome } = await placeScored(0.7);
    await outcome;
    await lab.crashWorker();
    expect(await lab.review(orderId, 'approve')).toEqual({ kind: 'decided', decision: 'approve' });
    await lab.untilClosed(orderId);
    expect(await lab.order(orderId)).toMatchObject({ status: 'completed' });
  });
});
