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
import { inPages, statusesOf } from './provider-checks.ts';

const SEE = `SELECT id, status, workflow_run_id, attention_code, created_at, updated_at FROM orders WHERE id = :orderId`;
const ORDER_ID = /^ord_/;
/** The workflow type that places an order, and so begins its life. */
const PLACES_ORDERS = 'processOrder';
/** An operator's reset ends a run and begins the next one. */
const REPLACED = ['TERMINATED', 'CONTINUED_AS_NEW'];

async function ordersWithoutRun(world: World): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const open = new Set((await openRuns(world)).map(({ workflowId }) => workflowId));
  const orders = world.database.batches(`
    SELECT id AS "orderId", format('%s since %s, and no workflow runs for it', status, updated_at) AS message
    FROM orders WHERE status NOT IN ('completed', 'rejected', 'cancelled')
      AND created_at <= now() - ${world.limits.graceMs} * interval '1 millisecond'`);
  for await (const rows of orders)
    findings.push(
      ...rows.filter(({ orderId }) => !open.has(String(orderId))).map((row) => findingOf(row, SEE)),
    );
  return findings;
}

/** A run may stay for a mail or a refund that is still being tried, of which a person knows by then. */
async function runsOfEndedOrders(world: World): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const page of inPages(await openRuns(world))) {
    const rows = await world.database.rows(
      `SELECT id AS "orderId", format('%s since %s, and its workflow still runs', status, updated_at) AS message
        FROM orders WHERE id IN (SELECT jsonb_array_elements_text($1::jsonb)) AND status IN ('completed', 'rejected', 'cancelled')
          AND ${STANDS_SINCE} <= now() - ${world.limits.backlogMs} * interval '1 millisecond'
          AND ${NOBODY_CALLED} AND NOT EXISTS (SELECT FROM refunds WHERE order_id = orders.id AND status = 'pending')`,
      [JSON.stringify(page.map(({ workflowId }) => workflowId))],
    );
    findings.push(...rows.map((row) => findingOf(row, SEE)));
  }
  return findings;
}

async function runsWithoutOrder(world: World): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const since = Date.now() - world.limits.backlogMs;
  const old = (await openRuns(world)).filter(({ startedAtMs }) => startedAtMs <= since);
  for (const page of inPages(old)) {
    const ids = page.map(({ workflowId }) => workflowId);
    const orders = await statusesOf(world, ids);
    findings.push(
      ...ids
        .filter((orderId) => !orders.has(orderId))
        .map((orderId) => ({
          ids: { orderId },
          message: 'its workflow runs, and there is no order',
          sql: fillIn(SEE, { orderId }),
        })),
    );
  }
  return findings;
}

async function ordersPlacedTwice(world: World): Promise<readonly Finding[]> {
  const placing = (await allRuns(world)).filter(
    ({ type, status }) => type === PLACES_ORDERS && !REPLACED.includes(status),
  );
  return [...Map.groupBy(placing, ({ workflowId }) => workflowId)]
    .filter(([, runs]) => runs.length > 1)
    .map(([orderId, runs]) => ({
      ids: { orderId },
      message: `${runs.length} runs placed it: ${runs.map(({ runId }) => runId).join(', ')}`,
      sql: fillIn(SEE, { orderId }),
    }));
}

async function allRuns({ workflows }: World): Promise<readonly WorkflowRun[]> {
  const runs = (await workflows?.runs()) ?? [];
  return runs.filter(({ workflowId }) => ORDER_ID.test(workflowId));
}

async function openRuns(world: World): Promise<readonly WorkflowRun[]> {
  return (await allRuns(world)).filter(({ status }) => status === 'RUNNING');
}

function workflowCheck(name: string, find: (world: World) => Promise<readonly Finding[]>): Check {
  return {
    invariant: 'I14',
    name,
    needs: ['workflows'],
    settles: true,
    async look(world) {
      return { checked: (await allRuns(world)).length, findings: await find(world) };
    },
  };
}

export const WORKFLOW_CHECKS: readonly Check[] = [
  workflowCheck('an order that is not at its end has a workflow', ordersWithoutRun),
  workflowCheck('an order that ended has no workflow', runsOfEndedOrders),
  workflowCheck('a workflow has its order', runsWithoutOrder),
  workflowCheck('one workflow places an order', ordersPlacedTwice),
];
