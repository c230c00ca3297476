/** Calls every method of every repository as the programs do, over orders of the past and new ones. */
import { createHash, randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { Database } from '../../db/client.ts';
import type { Repositories } from '../../db/repositories/index.ts';
import { InvariantViolatedError } from '../../src/domain/database-errors.ts';
import { bookingCancelOperationKey, shipmentId } from '../../src/domain/ids.ts';
import { EMPTY_TALLY, type OrderSelection } from '../../src/domain/operations/bulk-action.ts';
import { historySku } from '../support/history.ts';
import { liveMany } from '../integration/events/order-lives.ts';
import {
  authorization,
  bring,
  newOrder,
  refOf,
  refundAnswer,
  type TestDatabase,
  type TestOrder,
} from '../integration/db/fixtures.ts';

const GRACE_MS = 300_000;
const PAGE = 1_000;
const CUSTOMER = 'cus_17';

/** @returns the methods that were not called, `<repository>.<method>` */
export async function callEveryMethod(
  plain: Repositories,
  database: Database,
  { mode, url }: { readonly mode: string; readonly url: string },
): Promise<readonly string[]> {
  const called = new Set<string>();
  const repositories = watched(plain, called);
  const run: Run = {
    ...repositories,
    database,
    url,
    tag: `${mode}-${randomUUID().slice(0, 8)}`,
    past: await readPast(database),
  };
  await sell(run);
  await sendOn(run);
  await read(run);
  await lookAfter(run);
  await waitInRooms(run);
  await screen(run);
  await operate(run);
  return Object.entries(plain).flatMap(([repository, methods]) =>
    Object.keys(methods as object)
      .map((method) => `${repository}.${method}`)
      .filter((name) => !called.has(name)),
  );
}

type Run = Repositories & {
  readonly database: Database;
  readonly url: string;
  /** Tells the rows of this run from those of another. */
  readonly tag: string;
  readonly past: Past;
};
/** Ids of orders of the past by status, the newest first. */
type Past = Readonly<Record<string, readonly string[]>>;

function watched(plain: Repositories, called: Set<string>): Repositories {
  const entries = Object.entries(plain).map(([repository, methods]) => [
    repository,
    new Proxy(methods as object, {
      get(target, method) {
        called.add(`${repository}.${String(method)}`);
        return Reflect.get(target, method) as unknown;
      },
    }),
  ]);
  return Object.fromEntries(entries) as Repositories;
}

async function readPast(database: Database): Promise<Past> {
  const rows = await database.query<{ status: string; ids: readonly string[] }>(
    'test.past',
    sql`SELECT status, to_json((array_agg(id ORDER BY created_at DESC))[1:20]) AS ids FROM orders
      WHERE principal_id = 'key:history' GROUP BY status`,
  );
  return Object.fromEntries(rows.map(({ status, ids }) => [status, ids]));
}

const one = (ids: readonly string[] | undefined): string => {
  const [id] = ids ?? [];
  if (id === undefined) throw new Error('There is no such order');
  return id;
};

/** What the refusal of a step is, is not the matter here; that it is asked for is. */
async function refusedOrNot(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof InvariantViolatedError)) throw error;
  });
}

/** From the key of the request to the end of orders of every kind. */
async function sell(run: Run): Promise<void> {
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
  // The fixture brings orders about through the repositories that it is given.
  const test: TestDatabase = { ...run, connect: () => run.database, close: async () => undefined };
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

/** Outbox, read model, inbox and mails. */
async function sendOn(run: Run): Promise<void> {
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

/** What people and their programs ask for. */
async function read(run: Run): Promise<void> {
  const { orderReads, consoleReads, ledger, attention, past } = run;
  for (const ids of Object.values(past)) {
    await orderReads.find(one(ids));
    await orderReads.events(one(ids), 0, 100);
    await orderReads.events(one(ids), 5, 100);
    await ledger.journalsOf(one(ids));
    await orderReads.openMatters(one(ids));
  }
  await ledger.balances();
  for (const filter of [
    {},
    { code: 'DELIVERY_LATE' },
    { severity: 'medium' },
    { owner: 'carrier' },
  ] as const) {
    const queue = await attention.list({ ...filter, limit: 100 });
    if (queue.nextCursor === null) throw new Error('The queue has more than a page');
    await attention.list({ ...filter, limit: 100, cursor: queue.nextCursor });
  }
  await attention.countByCode();
  const week = {
    createdAfter: new Date(Date.now() - 100 * 86_400_000).toISOString(),
    createdBefore: new Date(Date.now() - 93 * 86_400_000).toISOString(),
  };
  const filters = [
    {},
    { customerId: CUSTOMER },
    { attention: true },
    { attention: false },
    ...(
      [
        'reserved',
        'in_review',
        'fulfilling',
        'shipped',
        'delivered',
        'completed',
        'rejected',
        'cancelled',
      ] as const
    ).flatMap((status) => [
      { status },
      { status, customerId: CUSTOMER },
      { status, attention: true },
      { status, attention: false },
    ]),
  ];
  for (const filter of filters)
    for (const time of [{}, week]) {
      const page = await orderReads.list({ ...filter, ...time, limit: 50 });
      if (page.nextCursor !== null)
        await orderReads.list({ ...filter, ...time, limit: 50, cursor: page.nextCursor });
      await consoleReads.listRows({ ...filter, ...time, limit: 500 });
    }
  const { until } = await consoleReads.pulse(null);
  await consoleReads.pulse(until);
  await consoleReads.steps();
  await consoleReads.search({ by: 'trackingNumber', trackingNumber: 'none' }, 50);
  await consoleReads.search({ by: 'email', email: 'nobody@example.com' }, 50);
  await consoleReads.search({ by: 'amount', amountMinor: 1110 }, 50);
  await consoleReads.listItems({ skuPrefix: historySku(17).slice(0, 3), after: undefined, limit: 20 });
  await consoleReads.listItems({ skuPrefix: '', after: historySku(17), limit: 20 });
}

/** The jobs, and what operators do about messages. */
async function lookAfter(run: Run): Promise<void> {
  const { drift, attention, retention, messageRepair, database, past, tag } = run;
  const orderId = one(past['fulfilling']);
  // What another run has queued anew.
  await database.query('test.published', sql`DELETE FROM outbox`);
  await drift.listFollowed({ after: '', limit: PAGE });
  await drift.listFollowed({ after: 'ord_8', limit: PAGE });
  await drift.findFollowed(orderId);
  await drift.standings(Object.values(past).flat(), GRACE_MS);
  await drift.listWithAttention('WORKFLOW_ASTRAY');
  await drift.listOverdueParcels(200);
  // The first looks from the beginning, the second from where the first has ended.
  for (let look = 0; look < 2; look += 1) {
    if ((await attention.nextOverdue({ graceMs: GRACE_MS, limit: 200 })).length === 0)
      throw new Error('No order is past its time');
    await attention.nextFoundStuck(200);
  }
  await attention.findSuspect(orderId);
  await attention.claimForMail({ mailId: tag, limit: 100 });
  await attention.unclaimMail(tag);
  await drift.replayUnprojected({ graceMs: GRACE_MS, limit: 100, replayId: tag });
  // One that is behind for longer than the grace, far from where the slow look has come, and one that it comes upon.
  const [behind] = await database.query<{ readonly id: string }>(
    'test.old',
    sql`SELECT id FROM orders WHERE status = 'completed' AND updated_at < now() - interval '1 day' ORDER BY created_at DESC LIMIT 1`,
  );
  const behindId = behind?.id ?? '';
  await database.query(
    'test.behind',
    sql`DELETE FROM projections.order_summaries WHERE order_id = ${behindId}`,
  );
  await database.query(
    'test.cursor',
    sql`UPDATE drift_cursors SET after = ${behindId.slice(0, -1)} WHERE name = 'read_model'`,
  );
  const replayed = await drift.replayUnprojected({ graceMs: GRACE_MS, limit: 100, replayId: tag });
  if (replayed !== 1) throw new Error(`${replayed} orders were found behind, where one is`);

  await compareLists(run, orderId);

  for (const table of ['order_events', 'webhook_inbox'] as const) {
    await retention.makePartitions(table);
    await retention.countOutside(table, 1_000);
    const [oldest] = await retention.listEnded(table, 45);
    if (oldest === undefined) throw new Error(`${table} has no month that is over`);
    if ((await retention.drop(oldest, 45)) !== 'dropped') throw new Error(`${oldest} was not dropped`);
  }
  await retention.reapIdempotencyAnswers({ olderThanDays: 29, limit: PAGE });
  await retention.reapTickets({ olderThanDays: 1, limit: PAGE });
  await retention.reapWaitingRooms({ olderThanDays: 1, limit: PAGE });

  await messageRepair.listDeadWebhooks({ after: null, limit: 100 });
  await messageRepair.redriveWebhooks({ messages: [{ provider: 'payments', messageId: tag }], limit: 100 });
  await messageRepair.redriveWebhooks({ messages: null, limit: 100 });
  await messageRepair.discardWebhooks({
    messages: [{ provider: 'payments', messageId: tag }],
    note: 'a plan',
  });
  const hour = { from: '2026-06-01T10:00:00.000Z', to: '2026-06-01T11:00:00.000Z', after: null, limit: 100 };
  for (const selection of [
    { ...hour, orderId: null },
    { ...hour, from: null, to: null, orderId },
  ]) {
    await messageRepair.previewReplay(selection);
    await messageRepair.replay({ ...selection, replayId: tag });
  }
  await messageRepair.rebuildSummaries({ after: null, limit: 500, isCheck: true });
  await messageRepair.rebuildSummaries({ after: 'ord_8', limit: 500, isCheck: false });
}

async function compareLists({ reconciliation, tag }: Run, orderId: string): Promise<void> {
  const keys = [`${orderId}:authorize:1`, `${orderId}:capture:1`];
  await reconciliation.readCursors('payments');
  await reconciliation.writeCursors('payments', { cursor: tag, sweepCursor: null });
  await reconciliation.readOperations(keys);
  await reconciliation.listUnseen('payments', GRACE_MS, PAGE);
  await reconciliation.listUnsettled('payments');
  await reconciliation.record({
    provider: 'payments',
    comparedKeys: keys,
    seenKeys: keys,
    breaks: [{ operationKey: keys[0] ?? '', kind: 'amount', orderId, ours: null, theirs: null }],
  });
  await reconciliation.listUntold();
  for (const filter of [{}, { state: 'open' as const }, { orderId }]) {
    const page = await reconciliation.list({ ...filter, limit: 50 });
    if (page.nextCursor !== null)
      await reconciliation.list({ ...filter, limit: 50, cursor: page.nextCursor });
  }
  const [open] = (await reconciliation.list({ orderId, limit: 1 })).items;
  await reconciliation.close({ id: open?.id ?? '', state: 'settled', note: 'seen', actor: 'test' });
  await reconciliation.countOpen();
}

/** What operators do, and the trail of it. */
async function operate(run: Run): Promise<void> {
  const { orders, operatorActions, notifications, past, tag } = run;
  const orderId = one(past['fulfilling']);
  const by = { actor: `key:${tag}`, role: 'operator' };
  const ask = (id: string, action: 'refund' | 'hold') =>
    operatorActions.ask({
      ...by,
      id: `act_${tag}_${id}`,
      orderId,
      action,
      reason: 'asked for',
      requestId: tag,
      keyDigest: tag,
      input: {},
      bulkId: null,
    });
  const { id: actionId } = await ask('refund', 'refund');
  await ask('hold', 'hold');
  await operatorActions.conclude({ ...by, actionId, outcome: 'pending_approval', detail: 'above the limit' });
  await operatorActions.listAwaiting({ limit: 1 });
  await operatorActions.decide({
    actionId,
    outcome: 'approved',
    actor: 'key:other',
    role: 'approver',
    detail: 'seen',
  });
  await operatorActions.find(actionId);
  for (const filter of [{}, { orderId }, { actor: by.actor }, { action: 'hold' as const }]) {
    const page = await operatorActions.list({ ...filter, limit: 1 });
    if (page.nextCursor !== null)
      await operatorActions.list({ ...filter, limit: 1, cursor: page.nextCursor });
  }
  await operatorActions.readFacts(orderId);
  await operateMany(run);
  const test: TestDatabase = { ...run, connect: () => run.database, close: async () => undefined };
  const order = await bring(test, newOrder([{ sku: historySku(17), quantity: 1 }]), 'reserved');
  const { shipTo, authorizationKey: operationKey } = order;
  await orders.recordHeld(order);
  await orders.recordReleased(order);
  await orders.changeAddress({ orderId: order.orderId, shipTo });
  await orders.reroute({ ...refOf(order), locationId: 'west' });
  await orders.recordBookingReplanned({
    ...refOf(order),
    shipmentId: shipmentId(order.orderId, 1),
    bookingAttempt: 1,
    operationKey: bookingCancelOperationKey(shipmentId(order.orderId, 1)),
    carrierReference: null,
    nextAttempt: 2,
  });
  await orders.recordResolution({
    actionId,
    orderId: order.orderId,
    operationKey,
    outcome: 'never_happened',
    providerReference: null,
    evidence: 'seen there',
    actor: by.actor,
  });
  await orders.findResolution(operationKey);
  await notifications.skip({ orderId: order.orderId, template: 'confirmed', subjectId: tag });
}

async function waitInRooms({ waitingRooms, tag, past }: Run): Promise<void> {
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
async function screen(run: Run): Promise<void> {
  const { fraud } = run;
  const test: TestDatabase = { ...run, connect: () => run.database, close: async () => undefined };
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

/** What is meant by every condition by itself, then a bulk from its beginning to its end. */
async function operateMany({ bulkActions, operatorActions, past, tag }: Run): Promise<void> {
  const selections: readonly OrderSelection[] = [
    { statuses: ['fulfilling', 'shipped'] },
    { statuses: ['completed'], createdBefore: '2100-01-01T00:00:00Z' },
    { customerId: CUSTOMER, statuses: ['completed'] },
    { attentionCode: 'CAPTURE_UNRESOLVED' },
    { sku: historySku(17), createdAfter: '2000-01-01T00:00:00Z' },
    { minTotalMinor: 1_000, maxTotalMinor: 1_010 },
    { createdAfter: '2000-01-01T00:00:00Z' },
  ];
  for (const selection of selections) await bulkActions.select(selection, PAGE);
  const orderIds = (past['completed'] ?? []).slice(0, 3);
  await bulkActions.selectNamed(orderIds);
  await bulkActions.readForPlanning(orderIds);
  const by = { actor: `key:${tag}`, role: 'operator' };
  const bulkId = `blk_${tag}`;
  const fixed = orderIds.map((orderId, index) => ({
    orderId,
    actionId: `act_${tag}_bulk_${index}`,
    amountMinor: 100,
  }));
  await bulkActions.ask(
    {
      ...by,
      id: bulkId,
      action: 'refund',
      reason: 'asked for',
      requestId: tag,
      keyDigest: tag,
      input: {},
      selection: null,
      perSecond: 5,
      tally: EMPTY_TALLY,
      needsSecondPerson: true,
    },
    fixed,
  );
  await bulkActions.decide({
    bulkId,
    step: 'approved',
    actor: 'key:other',
    role: 'approver',
    detail: 'seen',
  });
  for (const { orderId, actionId } of fixed) {
    await operatorActions.ask({
      ...by,
      id: actionId,
      orderId,
      action: 'refund',
      reason: 'asked for',
      requestId: tag,
      keyDigest: tag,
      input: {},
      bulkId,
    });
    await operatorActions.conclude({ ...by, actionId, outcome: 'refused', detail: 'no', why: 'status' });
  }
  await operatorActions.list({ bulkId, limit: 1 });
  await bulkActions.findOrder(bulkId, 1);
  await bulkActions.record({ ...by, bulkId, step: 'running', key: 'running', detail: 'begun' });
  await bulkActions.find(bulkId);
  await bulkActions.record({ ...by, bulkId, step: 'finished', key: 'finished', detail: 'at its end' });
  await bulkActions.list({ limit: 1 });
  await bulkActions.list({ state: 'finished', limit: 1 });
  const { nextCursor } = await bulkActions.listNotDone(bulkId, { limit: 1 });
  await bulkActions.listNotDone(bulkId, { limit: 1, cursor: nextCursor ?? undefined });
}
