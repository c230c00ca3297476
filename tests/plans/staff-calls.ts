/** What people ask for, what they do to orders, and what the jobs call on their behalf. */
import { sql } from 'drizzle-orm';
import { bookingCancelOperationKey, shipmentId } from '../../src/domain/ids.ts';
import { EMPTY_TALLY, type OrderSelection } from '../../src/domain/operations/bulk-action.ts';
import { bring, newOrder, refOf } from '../integration/db/fixtures.ts';
import { historySku } from '../support/history.ts';
import { CUSTOMER, GRACE_MS, one, PAGE, testDatabaseOf, type Run } from './run.ts';

/** What people and their programs ask for. */
export async function read(run: Run): Promise<void> {
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
export async function lookAfter(run: Run): Promise<void> {
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
export async function operate(run: Run): Promise<void> {
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
  const test = testDatabaseOf(run);
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
