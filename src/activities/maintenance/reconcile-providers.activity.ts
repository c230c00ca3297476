/**
 * Holds what the providers list against what is recorded here, stores every difference, and says so on its order.
 *
 * The provider's list is read from where it was left, so a run costs what is new; a page of what is old is read again with
 * each run, because an operation can end otherwise later; and what has succeeded here and was never listed is looked up.
 */
import type { ReconciliationCursors } from '../../../db/repositories/reconciliation.repository.ts';
import { ATTENTION_MESSAGES } from '../../domain/orders/attention.ts';
import type { FoundBreak, ReconciledProvider } from '../../domain/reconciliation/break.ts';
import { compareOperation, type ListedOperation } from '../../domain/reconciliation/compare-operations.ts';
import type { JobResult } from '../../workflows/maintenance/maintenance.contract.ts';
import type { MaintenanceDependencies } from './dependencies.ts';
import { listBookings, listPayments, type ProviderList } from './provider-lists.ts';

const JOB = 'job:reconcile';
const PAGE = 200;

/**
 * Safe to repeat and to interrupt anywhere: how far it has come is stored, and a difference is stored once.
 *
 * @throws PROVIDER_UNAVAILABLE, DATABASE_UNAVAILABLE (retried)
 */
export async function reconcileProviders(deps: MaintenanceDependencies): Promise<JobResult> {
  const payments = await reconcile(deps, 'payments', listPayments(deps.payments));
  const carrier = await reconcile(deps, 'carrier', listBookings(deps.carrier));
  await tellOrders(deps);
  const open = await deps.reconciliation.countOpen();
  return {
    compared: payments.compared + carrier.compared,
    newBreaks: payments.newBreaks + carrier.newBreaks,
    openBreaks: open.reduce((sum, row) => sum + row.open, 0),
  };
}

interface Tally {
  compared: number;
  newBreaks: number;
}

async function reconcile(
  deps: MaintenanceDependencies,
  provider: ReconciledProvider,
  list: ProviderList,
): Promise<Tally> {
  const tally: Tally = { compared: 0, newBreaks: 0 };
  const compare = comparer(deps, provider, tally);
  const before = await deps.reconciliation.readCursors(provider);
  const cursor = await readWhatIsNew(deps, provider, list, before, compare);
  // A list of one page has just been read.
  if (cursor !== null) await sweep(deps, provider, list, { ...before, cursor }, compare);
  await lookUpUnseen(deps, provider, list, compare);
  await lookAgain(deps, provider, list, compare);
  return tally;
}

/** Both sides of operations, by key; what is missing on one side is null there. */
type Compare = (theirs: ReadonlyMap<string, ListedOperation | null>) => Promise<void>;

function comparer(deps: MaintenanceDependencies, provider: ReconciledProvider, tally: Tally): Compare {
  return async (theirs) => {
    const comparedKeys = [...theirs.keys()];
    if (comparedKeys.length === 0) return;
    const recorded = await deps.reconciliation.readOperations(comparedKeys);
    const ours = new Map(recorded.map((operation) => [operation.key, operation]));
    const breaks = comparedKeys.flatMap((key) =>
      compareOperation(theirs.get(key) ?? null, ours.get(key) ?? null),
    );
    const seenKeys = comparedKeys.filter((key) => theirs.get(key) !== null);
    const opened = await deps.reconciliation.record({ provider, comparedKeys, seenKeys, breaks });
    for (const found of opened) await tellOfNew(deps, provider, found);
    tally.compared += comparedKeys.length;
    tally.newBreaks += opened.length;
    deps.progress.alive();
  };
}

/** A run that waits for this very operation need not wait any longer. */
async function tellOfNew(
  { workflows, logger }: MaintenanceDependencies,
  provider: ReconciledProvider,
  { kind, operationKey, orderId, ours, theirs }: FoundBreak,
): Promise<void> {
  logger.warn({ provider, kind, operationKey, orderId }, 'a provider and our records differ');
  if (provider !== 'payments' || orderId === null || theirs === null || ours?.status !== 'pending') return;
  await workflows.tellPaymentSettled(orderId, operationKey);
}

/** Compares from where it was left up to what may still be under way. @returns the page to begin with the next time */
async function readWhatIsNew(
  deps: MaintenanceDependencies,
  provider: ReconciledProvider,
  list: ProviderList,
  { cursor: start, sweepCursor }: ReconciliationCursors,
  compare: Compare,
): Promise<string | null> {
  let cursor = start;
  for (;;) {
    const { items, nextCursor } = await list.page(cursor, PAGE);
    const settled = items.filter((operation) => isSettled(deps, operation));
    await compare(byKey(settled));
    if (nextCursor === null || settled.length < items.length) return cursor;
    cursor = nextCursor;
    await deps.reconciliation.writeCursors(provider, { cursor, sweepCursor });
  }
}

async function sweep(
  deps: MaintenanceDependencies,
  provider: ReconciledProvider,
  list: ProviderList,
  { cursor, sweepCursor }: ReconciliationCursors,
  compare: Compare,
): Promise<void> {
  const { items, nextCursor } = await list.page(sweepCursor, PAGE);
  await compare(byKey(items.filter((operation) => isSettled(deps, operation))));
  await deps.reconciliation.writeCursors(provider, { cursor, sweepCursor: nextCursor });
}

/** What was listed is marked as seen; what is not by now is asked for once before it is called missing. */
async function lookUpUnseen(
  { reconciliation, settings }: MaintenanceDependencies,
  provider: ReconciledProvider,
  list: ProviderList,
  compare: Compare,
): Promise<void> {
  const unseen = await reconciliation.listUnseen(provider, 2 * settings.reconcileGraceMs, PAGE);
  const theirs = new Map<string, ListedOperation | null>();
  for (const { key } of unseen) theirs.set(key, await list.find(key, null));
  await compare(theirs);
}

/** Differences that are there are compared again, so that one that has gone by itself is settled. */
async function lookAgain(
  { reconciliation }: MaintenanceDependencies,
  provider: ReconciledProvider,
  list: ProviderList,
  compare: Compare,
): Promise<void> {
  const unsettled = await reconciliation.listUnsettled(provider);
  for (let start = 0; start < unsettled.length; start += PAGE) {
    const theirs = new Map<string, ListedOperation | null>();
    for (const { key, known } of unsettled.slice(start, start + PAGE)) {
      theirs.set(key, await list.find(key, known));
    }
    await compare(theirs);
  }
}

/** Younger ones may be under way: done there, and not yet recorded here. */
function isSettled({ settings }: MaintenanceDependencies, { at }: ListedOperation): boolean {
  return Date.now() - Date.parse(at) >= settings.reconcileGraceMs;
}

function byKey(operations: readonly ListedOperation[]): ReadonlyMap<string, ListedOperation> {
  return new Map(operations.map((operation) => [operation.key, operation]));
}

/** Every order with an open difference calls a person, and none without. */
async function tellOrders({ reconciliation, orders, progress }: MaintenanceDependencies): Promise<void> {
  const code = 'RECONCILIATION_BREAK';
  for (const { orderId, correlationId, hasOpenBreak } of await reconciliation.listUntold()) {
    const change = { orderId, cause: { correlationId, causationId: JOB }, code } as const;
    if (hasOpenBreak) {
      await orders.raiseAttention({ ...change, message: ATTENTION_MESSAGES[code], raisedBy: JOB });
    } else await orders.clearAttention(change);
    progress.alive();
  }
}
