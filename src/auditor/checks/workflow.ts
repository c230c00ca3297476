/** Orders against Temporal's list of workflows. I14. */
import {
  fillIn,
  findingOf,
  NOBODY_CALLED,
  STANDS_SINCE,
  type Check,
  type Finding,
  type World,
} from '../check.ts';
import type { WorkflowRun } from '../records/workflow-records.ts';
import { KeySet } from './key-set.ts';
import { listChecks, type ListCheck } from './list-checks.ts';
import { statusesOf } from './provider-checks.ts';

const SEE = `SELECT id, status, workflow_run_id, attention_code, created_at, updated_at FROM orders WHERE id = :orderId`;
const ORDER_ID = /^ord_/;
/** The workflow type that places an order, and so begins its life. */
const PLACES_ORDERS = 'processOrder';
/** An operator's reset ends a run and begins the next one. */
const REPLACED = ['TERMINATED', 'CONTINUED_AS_NEW'];

type RunCheck = ListCheck<WorkflowRun>;

const ordersHaveRuns: RunCheck = {
  invariant: 'I14',
  name: 'an order that is not at its end has a workflow',
  lookThrough(world) {
    const open = new KeySet();
    return {
      async page(runs) {
        for (const { workflowId } of openOnes(runs)) open.add(workflowId);
        return runs.length;
      },
      async end() {
        const findings: Finding[] = [];
        const orders = world.database.batches(`
          SELECT id AS "orderId", format('%s since %s, and no workflow runs for it', status, updated_at) AS message
          FROM orders WHERE status NOT IN ('completed', 'rejected', 'cancelled')
            AND created_at <= now() - ${world.limits.graceMs} * interval '1 millisecond'`);
        for await (const rows of orders)
          findings.push(
            ...rows.filter(({ orderId }) => !open.has(String(orderId))).map((row) => findingOf(row, SEE)),
          );
        return findings;
      },
    };
  },
};

/** A run may stay for a mail or a refund that is still being tried, of which a person knows by then. */
const RUNS_AND_HAS_ENDED = (backlogMs: number): string => `
  SELECT id AS "orderId", format('%s since %s, and its workflow still runs', status, updated_at) AS message
  FROM orders WHERE id IN (SELECT jsonb_array_elements_text($1::jsonb)) AND status IN ('completed', 'rejected', 'cancelled')
    AND ${STANDS_SINCE} <= now() - ${backlogMs} * interval '1 millisecond'
    AND ${NOBODY_CALLED} AND NOT EXISTS (SELECT FROM refunds WHERE order_id = orders.id AND status = 'pending')`;

const endedOrdersHaveNoRun = ofOpenRuns('an order that ended has no workflow', async (world, runs) => {
  const ids = JSON.stringify(runs.map(({ workflowId }) => workflowId));
  const rows = await world.database.rows(RUNS_AND_HAS_ENDED(world.limits.backlogMs), [ids]);
  return rows.map((row) => findingOf(row, SEE));
});

const runsHaveOrders = ofOpenRuns('a workflow has its order', async (world, runs) => {
  const since = Date.now() - world.limits.backlogMs;
  const ids = runs.filter(({ startedAtMs }) => startedAtMs <= since).map(({ workflowId }) => workflowId);
  const orders = await statusesOf(world, ids);
  return ids
    .filter((orderId) => !orders.has(orderId))
    .map((orderId) => ({
      ids: { orderId },
      message: 'its workflow runs, and there is no order',
      sql: fillIn(SEE, { orderId }),
    }));
});

const ordersArePlacedOnce: RunCheck = {
  invariant: 'I14',
  name: 'one workflow places an order',
  lookThrough({ workflows }) {
    const placed = new KeySet();
    const again = new Set<string>();
    return {
      async page(runs) {
        for (const { workflowId } of runs.filter(places)) if (placed.add(workflowId)) again.add(workflowId);
        return runs.length;
      },
      async end() {
        const findings: Finding[] = [];
        for (const orderId of again) {
          const runs = ((await workflows?.runsOf(orderId)) ?? []).filter(places);
          if (runs.length < 2) continue;
          const message = `${runs.length} runs placed it: ${runs.map(({ runId }) => runId).join(', ')}`;
          findings.push({ ids: { orderId }, message, sql: fillIn(SEE, { orderId }) });
        }
        return findings;
      },
    };
  },
};

function ofOpenRuns(
  name: string,
  whatIsWrong: (world: World, open: readonly WorkflowRun[]) => Promise<readonly Finding[]>,
): RunCheck {
  return {
    invariant: 'I14',
    name,
    lookThrough(world) {
      const findings: Finding[] = [];
      return {
        async page(runs) {
          const open = openOnes(runs);
          if (open.length > 0) findings.push(...(await whatIsWrong(world, open)));
          return runs.length;
        },
        end: async () => findings,
      };
    },
  };
}

function openOnes(runs: readonly WorkflowRun[]): readonly WorkflowRun[] {
  return runs.filter(({ status }) => status === 'RUNNING');
}

function places({ type, status }: WorkflowRun): boolean {
  return type === PLACES_ORDERS && !REPLACED.includes(status);
}

async function* runsOfOrders({ workflows }: World): AsyncGenerator<readonly WorkflowRun[]> {
  if (workflows === null) return;
  for await (const runs of workflows.runs()) yield runs.filter(({ workflowId }) => ORDER_ID.test(workflowId));
}

export const WORKFLOW_CHECKS: readonly Check[] = listChecks('workflows', runsOfOrders, [
  ordersHaveRuns,
  endedOrdersHaveNoRun,
  runsHaveOrders,
  ordersArePlacedOnce,
]);
