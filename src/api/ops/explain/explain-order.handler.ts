import { z } from 'zod';
import { readRun } from '../../../config/temporal-run.ts';
import { explain } from '../../../domain/operations/explain.ts';
import type { ExplainFacts, WorkflowFacts } from '../../../domain/operations/explain-facts.ts';
import type { ApiDependencies } from '../../dependencies.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { orderId } from '../../http/fields.ts';
import { classifyTemporalFailure } from '../../../operations/temporal-errors.ts';
import { findOwnOrder } from '../../orders/find-own-order.ts';
import { explanation, toExplanationAnswer } from './explanation.schema.ts';

/** How long Temporal may take; what is recorded is told without it. */
const TEMPORAL_TIMEOUT_MS = 3_000;

export const explainOrderEndpoint = defineEndpoint({
  method: 'get',
  path: '/v1/ops/orders/{id}/explain',
  operationId: 'explainOrder',
  tag: 'Operations',
  summary: 'Say why an order stands where it stands',
  description:
    'What it waits for and since when, what failed last and why, when that is tried next, where the money and the parcels ' +
    'are, what calls a person, and what an operator can do. Made of what is recorded and of what Temporal says of the run; ' +
    'when Temporal does not answer, of what is recorded.',
  permission: 'attention:read',
  params: z.strictObject({ id: orderId }),
  answers: { 200: { description: 'The explanation', schema: explanation } },
  errors: ['NOT_FOUND'],
  handle: async ({ params, principal, note }, dependencies) => {
    note({ orderId: params.id, workflowId: params.id });
    const facts = await readFacts(
      params.id,
      () => findOwnOrder(params.id, principal, dependencies),
      dependencies,
    );
    return {
      httpStatus: 200,
      body: toExplanationAnswer(explain(facts), facts, dependencies.environment),
    };
  },
});

/** The run is read first: what it wrote before that is then in the rows, so they never contradict it by being older. */
async function readFacts(
  id: string,
  findOrder: () => ReturnType<typeof findOwnOrder>,
  dependencies: ApiDependencies,
): Promise<ExplainFacts> {
  // Whoever may not know of the order learns nothing of its run either.
  await findOrder();
  const workflow = await readWorkflow(id, dependencies);
  const [order, matters] = await Promise.all([
    findOrder(),
    dependencies.repositories.orderReads.openMatters(id),
  ]);
  return { now: new Date().toISOString(), order, ...matters, workflow };
}

async function readWorkflow(id: string, { temporal }: ApiDependencies): Promise<WorkflowFacts> {
  try {
    return await temporal.withDeadline(Date.now() + TEMPORAL_TIMEOUT_MS, () =>
      readRun(temporal, id, 'always'),
    );
  } catch (error) {
    if (classifyTemporalFailure(error) === null) throw error;
    return { state: 'unreachable' };
  }
}
