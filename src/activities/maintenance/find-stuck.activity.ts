/**
 * Finds orders that are stuck without saying so themselves, calls a person to them and lets them go again when that is over;
 * and writes to operations staff about everything that calls a person.
 */
import type { SuspectOrder } from '../../../db/repositories/attention.repository.ts';
import { STUCK_CODES } from '../../domain/operations/attention-catalogue.ts';
import { judgeStuck, type StuckVerdict } from '../../domain/operations/stuck-order.ts';
import { ATTENTION_MESSAGES } from '../../domain/orders/attention.ts';
import type { JobResult } from '../../workflows/maintenance/maintenance.contract.ts';
import type { MaintenanceDependencies } from './dependencies.ts';
import { mailAboutAttention } from './mail-about-attention.ts';

const JOB = 'job:find-stuck';
/** Orders read by one statement. */
const PAGE = 200;
/** Orders of each kind that Temporal is asked about in one run; the next run goes on from there. */
const MOST_ASKED = 400;
/** Pages of orders past their time that are read in one run; most of them say themselves what is wrong. */
const MOST_PAGES = 10;

/** What one run has done, counted as it goes. */
interface Tally {
  asked: number;
  raised: number;
  cleared: number;
}

/**
 * Safe to repeat and to interrupt anywhere: what it finds is judged anew each time. Bounded: a run looks at some hundred
 * orders, and the next one goes on where it has ended.
 *
 * @returns how many orders Temporal was asked about, how many causes were raised and cleared, and how many were mailed
 * @throws DATABASE_UNAVAILABLE, and whatever Temporal says when it cannot be asked (retried)
 */
export async function findStuck(deps: MaintenanceDependencies): Promise<JobResult> {
  const tally: Tally = { asked: 0, raised: 0, cleared: 0 };
  const judged = new Set<string>();
  const judge = async (order: SuspectOrder): Promise<void> => {
    if (judged.has(order.orderId)) return;
    judged.add(order.orderId);
    await judgeOrder(deps, order, tally);
  };
  await judgeFound(deps, judge);
  await judgeFailingTasks(deps, judge);
  await judgeOverdue(deps, judge, tally);
  return { ...tally, mailed: await mailAboutAttention(deps) };
}

type Judge = (order: SuspectOrder) => Promise<void>;

/** What was found before may be over. */
async function judgeFound({ attention }: MaintenanceDependencies, judge: Judge): Promise<void> {
  for (let looked = 0; looked < MOST_ASKED; looked += PAGE) {
    const page = await attention.nextFoundStuck(PAGE);
    for (const order of page) await judge(order);
    if (page.length < PAGE) return;
  }
}

/** Temporal itself knows best whose code fails; an order is found so before it is past its time. */
async function judgeFailingTasks(
  { attention, workflows }: MaintenanceDependencies,
  judge: Judge,
): Promise<void> {
  for (const orderId of await workflows.listFailingTasks(PAGE)) {
    const order = await attention.findSuspect(orderId);
    if (order !== null) await judge(order);
  }
}

async function judgeOverdue(
  { attention, settings }: MaintenanceDependencies,
  judge: Judge,
  tally: Tally,
): Promise<void> {
  const before = tally.asked;
  for (let page = 0; page < MOST_PAGES && tally.asked - before < MOST_ASKED; page += 1) {
    const overdue = await attention.nextOverdue({ graceMs: settings.stuckGraceMs, limit: PAGE });
    for (const order of overdue) await judge(order);
    if (overdue.length < PAGE) return;
  }
}

/** Temporal is asked first and the order read after that, so that what a run has just written down is not missed. */
async function judgeOrder(deps: MaintenanceDependencies, suspect: SuspectOrder, tally: Tally): Promise<void> {
  const { attention, workflows, settings, progress } = deps;
  progress.alive();
  if (saysItself(suspect)) return;
  tally.asked += 1;
  const workflow = await workflows.inspectRun(suspect.orderId);
  const order = await attention.findSuspect(suspect.orderId);
  if (order === null) return;
  const verdict = judgeStuck(
    { now: new Date().toISOString(), waiting: order.waiting, codes: order.codes, workflow },
    { graceMs: settings.stuckGraceMs, afterAttempts: settings.stuckAfterAttempts },
  );
  await settle(deps, order, verdict, tally);
}

/** Past its time, with a cause of its own that tells why, and nothing of ours to take back: Temporal need not be asked. */
function saysItself({ codes, waiting }: SuspectOrder): boolean {
  const idle = { state: 'open', type: '', startedAt: '', steps: [], timers: [], task: null } as const;
  const now = new Date().toISOString();
  const isOurs = codes.some((code) => STUCK_CODES.some((own) => own === code));
  return (
    !isOurs && judgeStuck({ now, waiting, codes, workflow: idle }, { graceMs: 0, afterAttempts: 1 }) === null
  );
}

/** At most one cause of ours is on an order: the one that tells most. */
async function settle(
  { orders, logger }: MaintenanceDependencies,
  { orderId, correlationId, codes }: SuspectOrder,
  verdict: StuckVerdict | null,
  tally: Tally,
): Promise<void> {
  const change = { orderId, cause: { correlationId, causationId: JOB } };
  if (verdict !== null && !codes.includes(verdict.code)) {
    const message = `${ATTENTION_MESSAGES[verdict.code]} ${verdict.detail}`;
    const { applied } = await orders.raiseAttention({
      ...change,
      code: verdict.code,
      message,
      raisedBy: JOB,
    });
    if (applied) {
      tally.raised += 1;
      logger.warn({ orderId, code: verdict.code }, 'an order is stuck');
    }
  }
  for (const code of STUCK_CODES) {
    if (code === verdict?.code || !codes.includes(code)) continue;
    const { applied } = await orders.clearAttention({ ...change, code });
    if (applied) tally.cleared += 1;
  }
}
