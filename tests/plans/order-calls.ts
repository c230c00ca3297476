/** What the programs call for the sake of orders, from the key of the request on. */
import { createHash } from 'node:crypto';
import { InvariantViolatedError } from '../../src/domain/database-errors.ts';
import { liveMany } from '../integration/events/order-lives.ts';
import {
  authorization,
  bring,
  newOrder,
  refOf,
  refundAnswer,
  type TestOrder,
} from '../integration/db/fixtures.ts';
import { historySku } from '../support/history.ts';
import { CUSTOMER, one, testDatabaseOf, type Run } from './run.ts';

/** From the key of the request to the end of orders of every kind. */
export async function sell(run: Run): Promise<void> {
  const { access, inventory, orders, tag } = run;
  await access.putApiKey({ id: tag, keyHash: tag, role: 'operator', customerId: null });
  await access.findApiKey(tag);
  const key = { principalId: 'key:history', key: tag };
  await access.claimKey({ ...key, fingerprint: tag, leaseMs: 1_000 });
  await access.readKey(key.principalId, key.key);
  const answer = { httpStatus: 200, headers: {}, body: '{}' };
  await access.endAttempt({ ...key, attempt: 1, answer, isFinal: false });
  await access.releaseKey({ ...key, attempt: 1 });
  const skus = [historySku(17), historySku(4711)];
  await inventory.readOffers(skus, 'GBP');
  await inventory.findItem(historySku(3));
  await inventory.findInventory(historySku(3));
  await inventory.listLocations();
  const item = {
    sku: '85123A',
    name: 'Heart holder',
    prices: [{ amountMinor: 255, currency: 'GBP' }],
    weightGrams: 500,
    active: true,
  };
  await inventory.putItem(item);
  await inventory.putItemOnce(item, { ...key, attempt: 1, answer });
  await inventory.adjust({
    adjustmentId: tag,
    sku: item.sku,
    locationId: 'main',
    quantity: 1_000,
    reason: 'opening',
    actor: 'test',
  });
  await orders.readShelves(skus);
  await liveMany(orders, tag, 6);
  await goAstray(run, skus);
}

/** The steps of an order that are not on the straight way. */
async function goAstray(run: Run, skus: readonly string[]): Promise<void> {
  const { orders } = run;
  const test = testDatabaseOf(run);
  const anOrder = (): TestOrder => newOrder(skus.map((sku) => ({ sku, quantity: 1 })));

  const lost = await bring(test, anOrder(), 'reserved');
  const key = lost.authorizationKey;
  await orders.recordOutcomeUnknown({ orderId: lost.orderId, operationKey: key });
  await orders.readPayment(lost.orderId);
  await orders.settleNotNeeded({ orderId: lost.orderId, key });
  await refusedOrNot(orders.planAuthorization({ orderId: lost.orderId, attempt: 2 }));
  await orders.recordAuthorized(authorization(lost));

  const uncharged = await bring(test, anOrder(), 'fulfilling');
  await orders.recordCaptureRefused({
    orderId: uncharged.orderId,
    operationKey: `${uncharged.orderId}:capture:1`,
    providerReference: 'cap_1',
    refusalCode: 'expired',
  });

  const returned = await bring(test, anOrder(), 'completed');
  const refund = async (number: number): Promise<ReturnType<typeof refundAnswer>> => {
    const refundId = `ref_${returned.orderId.slice(4)}_${number}`;
    const by = { lines: [{ lineId: '1', quantity: 1 }] };
    await orders.startRefund({
      ...refOf(returned),
      refundId,
      by,
      reason: 'damaged',
      restock: true,
      actor: 'test',
    });
    return refundAnswer(returned, refundId);
  };
  await orders.recordRefundFailed({ ...(await refund(1)), failureCode: 'account_closed' });
  const done = await refund(2);
  await orders.recordRefunded(done);
  await orders.readRefund(done);
  await orders.recordRefundReturned({ ...done, failureCode: 'account_closed' });
}

/** What the refusal of a step is, is not the matter here; that it is asked for is. */
async function refusedOrNot(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof InvariantViolatedError)) throw error;
  });
}

/** Outbox, read model, inbox and mails. */
export async function sendOn(run: Run): Promise<void> {
  const { outbox, projections, inbox, notifications, past, tag } = run;
  await outbox.lag();
  const events = await outbox.lease({ relayId: tag, leaseMs: 60_000, maxOrders: 50, maxEvents: 200 });
  if (events.length === 0) throw new Error('Nothing waits to be published');
  const published = events.map(({ subject, sequence }) => ({ orderId: subject, sequence }));
  const leasedOrderIds = [...new Set(events.map(({ subject }) => subject))];
  await outbox.settle({ relayId: tag, published, leasedOrderIds });
  await projections.apply(events);
  await projections.find(one(leasedOrderIds));

  const orderId = one(past['delivered']);
  for (const operationKey of [null, `${orderId}:capture:1`])
    for (const provider of ['payments', 'shipping'] as const)
      await inbox.store({
        provider,
        messageId: `${tag} ${operationKey}`,
        orderId,
        payload: {},
        operationKey,
      });
  const [first, second] = await inbox.lease({ leaseMs: 60_000, limit: 100 });
  if (!first || !second) throw new Error('Two webhooks are due');
  await inbox.retryLater({ ...first, error: 'later', delayMs: 1_000 });
  await inbox.settle({ ...second, state: 'dead', error: 'nobody understands it' });
  await inbox.lag();

  for (const template of ['confirmed', 'rejected', 'shipped', 'cancelled', 'refunded'] as const) {
    const mail = { orderId, template, subjectId: tag };
    await notifications.claim(mail);
    await notifications.unclaim(mail);
    await notifications.claim(mail);
    await notifications.settle({ ...mail, state: 'sent' });
  }
}

/** Of a flash sale. */
export async function waitInRooms({ waitingRooms, tag, past }: Run): Promise<void> {
  await waitingRooms.findUnknownSkus([historySku(1), 'NONE']);
  const room = {
    id: tag,
    name: 'Sale',
    skus: [historySku(5)],
    admissionsPerSecond: 10,
    opensAt: null,
    closesAt: null,
  };
  await waitingRooms.put(room, null);
  await waitingRooms.join({ ticketId: tag, roomId: 'sale7', customerId: tag });
  await waitingRooms.admit('sale7', 60_000);
  await waitingRooms.admitAndFind('sale7', tag, 60_000);
  await waitingRooms.claim({
    ticketId: 'sale7-7',
    roomId: 'sale7',
    number: 7,
    customerId: 'cus_7',
    orderId: one(past['rejected']),
  });
  await waitingRooms.release('ord_none');
  await waitingRooms.find(tag);
  await waitingRooms.list();
}

/** Screening of one of very many orders, and its review. */
export async function screen(run: Run): Promise<void> {
  const { fraud } = run;
  const test = testDatabaseOf(run);
  const order = await bring(test, newOrder([{ sku: historySku(17), quantity: 1 }]), 'reserved');
  const { orderId } = order;
  const subject = {
    customerId: CUSTOMER,
    total: { amountMinor: order.totalMinor, currency: order.currency },
    country: 'GB',
    cardDigest: createHash('md5').update(`card ${CUSTOMER}`).digest('hex'),
    addressDigest: createHash('md5').update(`address ${CUSTOMER}`).digest('hex'),
  };
  await fraud.readScreening({ orderId, ...subject });
  const assessment = {
    score: 0.7,
    outcome: 'review',
    modelVersion: 'test',
    parts: [],
    degraded: [],
  } as const;
  await fraud.recordScreening({ ...refOf(order), subject, assessment });
  await fraud.findAssessment(orderId);
  await fraud.findReview(orderId);
  await fraud.assignReview({ orderId, assignee: 'key:test' });
  const page = await fraud.listReviews({ limit: 50 });
  if (page.nextCursor !== null) await fraud.listReviews({ limit: 50, cursor: page.nextCursor });
  await fraud.listReviews({ limit: 50, assignee: 'key:test' });
  const decided = { state: 'approved', decision: 'approve', decidedBy: 'key:test', reason: 'seen' } as const;
  await fraud.recordReviewEnd({ ...refOf(order), ...decided });
}
