/**
 * Finds orders whose rows, workflow and read model do not tell the same, in every direction, and repairs them or calls a
 * person.
 */
import type { FollowedOrder } from '../../../db/repositories/drift.repository.ts';
import type { OpenRun } from '../../adapters/temporal/order-workflows.port.ts';
import { ATTENTION_MESSAGES } from '../../domain/orders/attention.ts';
import { bookingOperationKey } from '../../domain/ids.ts';
import type { JobResult } from '../../workflows/maintenance/maintenance.contract.ts';
import type { MaintenanceDependencies } from './dependencies.ts';

const JOB = 'job:repair-drift';
/** Rows read by one statement, and runs listed by one call. */
const PAGE = 1_000;
/** A run that is open for the sake of a mail calls a person itself after some minutes. */
const CALLS_BY_ITSELF_MS = 5 * 60_000;
/** Orders whose events one statement queues anew. */
const REPLAY_BATCH = 100;
/** Parcels that the carrier is asked about in one run. */
const MOST_PARCELS_ASKED = 200;

/**
 * Safe to repeat and to interrupt anywhere: what it finds is judged anew each time.
 *
 * @returns how many orders were found lost and taken up, how many seem lost and are left for the next run, how many runs are open without an order or after its end, how
 *   many parcels the carrier had moved unheard, and how many orders the read model lagged behind
 */
export async function repairDrift(deps: MaintenanceDependencies): Promise<JobResult> {
  const openRuns = await listOpenRuns(deps);
  const { takenUp, leftForLater } = await takeUpLostOrders(deps, new Set(openRuns.map((run) => run.orderId)));
  const { withoutOrder, afterTheEnd } = await judgeOpenRuns(deps, openRuns);
  const parcelsToldOf = await askAboutOverdueParcels(deps);
  const unprojected = await replayUnprojected(deps);
  return {
    ordersTakenUp: takenUp,
    ordersLeftForLater: leftForLater,
    runsWithoutOrder: withoutOrder,
    runsAfterTheEnd: afterTheEnd,
    parcelsToldOf,
    unprojected,
  };
}

async function listOpenRuns({ workflows, progress }: MaintenanceDependencies): Promise<OpenRun[]> {
  const runs: OpenRun[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof workflows.listOpen>> = await workflows.listOpen({
      cursor,
      limit: PAGE,
    });
    runs.push(...page.items);
    cursor = page.nextCursor;
    progress.alive();
  } while (cursor !== null);
  return runs;
}

/** The list of open runs is a moment late, so each suspicion is looked at before it is believed. */
async function takeUpLostOrders(
  deps: MaintenanceDependencies,
  open: ReadonlySet<string>,
): Promise<{ readonly takenUp: number; readonly leftForLater: number }> {
  let takenUp = 0;
  let leftForLater = 0;
  let after = '';
  for (;;) {
    const page = await deps.drift.listFollowed({ after, limit: PAGE });
    for (const { orderId } of page) {
      deps.progress.alive();
      if (open.has(orderId)) continue;
      if (takenUp >= deps.settings.lostOrdersPerRun) leftForLater += 1;
      else if (await takeUp(deps, orderId)) takenUp += 1;
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) break;
    after = last.orderId;
  }
  if (leftForLater > 0)
    deps.logger.warn({ takenUp, leftForLater }, 'more orders are lost; the next runs take them up');
  return { takenUp, leftForLater };
}

async function takeUp(deps: MaintenanceDependencies, orderId: string): Promise<boolean> {
  const run = await deps.workflows.findRun(orderId);
  if (run?.isOpen === true) return false;
  // Read after the run was seen closed: whatever it wrote, it wrote before.
  const order = await deps.drift.findFollowed(orderId);
  if (order === null) return false;
  await callAttention(deps, order, 'WORKFLOW_LOST', ` Its run: ${run?.status ?? 'unknown to Temporal'}.`);
  deps.logger.warn({ orderId, status: order.status, run: run?.status ?? null }, 'a lost order is taken up');
  const { status: _, ...input } = order;
  if ((await deps.workflows.recover(input)) === 'started') return true;
  // Another run was faster, so it is not lost.
  await clearAttention(deps, order, 'WORKFLOW_LOST');
  return false;
}

/** Runs that are open for longer than the grace although there is no order, or nothing more to do for it. */
async function judgeOpenRuns(deps: MaintenanceDependencies, openRuns: readonly OpenRun[]) {
  const { driftGraceMs } = deps.settings;
  const old = openRuns.filter(({ startedAt }) => Date.now() - Date.parse(startedAt) > driftGraceMs);
  const astray = new Set<string>();
  let withoutOrder = 0;
  for (let start = 0; start < old.length; start += PAGE) {
    const ids = old.slice(start, start + PAGE).map((run) => run.orderId);
    const standings = new Map(
      (await deps.drift.standings(ids, Math.max(driftGraceMs, CALLS_BY_ITSELF_MS))).map((standing) => [
        standing.orderId,
        standing,
      ]),
    );
    for (const orderId of ids) {
      const standing = standings.get(orderId);
      if (standing !== undefined && !standing.isAtRest) continue;
      if ((await deps.workflows.findRun(orderId))?.isOpen !== true) continue;
      if (standing === undefined) {
        withoutOrder += 1;
        deps.logger.error(
          { orderId },
          'a workflow is open that has not written its order; look at it in Temporal',
        );
      } else if (standing.attentionCodes.every((code) => code === 'WORKFLOW_ASTRAY')) {
        astray.add(orderId);
        await callAttention(deps, standing, 'WORKFLOW_ASTRAY');
      }
    }
    deps.progress.alive();
  }
  for (const order of await deps.drift.listWithAttention('WORKFLOW_ASTRAY')) {
    if (!astray.has(order.orderId)) await clearAttention(deps, order, 'WORKFLOW_ASTRAY');
  }
  return { withoutOrder, afterTheEnd: astray.size };
}

/** A carrier's message that never came leaves the order waiting for what has happened. */
async function askAboutOverdueParcels(deps: MaintenanceDependencies): Promise<number> {
  let told = 0;
  for (const parcel of await deps.drift.listOverdueParcels(MOST_PARCELS_ASKED)) {
    const { orderId, shipmentId, bookingAttempt, recorded } = parcel;
    const booking = await deps.carrier.findByKey(bookingOperationKey(shipmentId, bookingAttempt));
    const status = booking?.status;
    deps.progress.alive();
    if ((status !== 'shipped' && status !== 'delivered') || status === recorded) continue;
    if ((await deps.workflows.tellShipmentMoved(orderId, { shipmentId, status })) === 'told') told += 1;
  }
  return told;
}

async function replayUnprojected({ drift, settings, progress }: MaintenanceDependencies): Promise<number> {
  let orders = 0;
  for (;;) {
    const batch = await drift.replayUnprojected({
      graceMs: settings.driftGraceMs,
      limit: REPLAY_BATCH,
      replayId: `drift-${Date.now()}`,
    });
    orders += batch;
    progress.alive();
    if (batch < REPLAY_BATCH) return orders;
  }
}

type Cause = Pick<FollowedOrder, 'orderId' | 'correlationId'>;

async function callAttention(
  { orders }: MaintenanceDependencies,
  { orderId, correlationId }: Cause,
  code: 'WORKFLOW_LOST' | 'WORKFLOW_ASTRAY',
  more = '',
): Promise<void> {
  const cause = { correlationId, causationId: JOB };
  const message = `${ATTENTION_MESSAGES[code]}${more}`;
  await orders.raiseAttention({ orderId, cause, code, message, raisedBy: JOB });
}

async function clearAttention(
  { orders }: MaintenanceDependencies,
  { orderId, correlationId }: Cause,
  code: 'WORKFLOW_LOST' | 'WORKFLOW_ASTRAY',
): Promise<void> {
  await orders.clearAttention({ orderId, cause: { correlationId, causationId: JOB }, code });
}
