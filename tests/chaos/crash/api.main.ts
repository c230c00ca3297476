/** The API, which can be stopped before it asks a workflow, when the workflow has answered, and before it answers itself. */
import type { WithStartWorkflowOperation, Workflow, WorkflowClient } from '@temporalio/client';
import { runApi } from '../../../src/api/run-api.ts';
import {
  CANCEL_ORDER_UPDATE,
  PLACE_ORDER_UPDATE,
  REFUND_ORDER_UPDATE,
} from '../../../src/workflows/orders/process-order.contract.ts';
import { connectToCampaign } from './reach-point.ts';

const reach = connectToCampaign();

const STEP_BY_UPDATE: Readonly<Record<string, string>> = {
  [PLACE_ORDER_UPDATE]: 'placeOrder',
  [CANCEL_ORDER_UPDATE]: 'cancelOrder',
  [REFUND_ORDER_UPDATE]: 'refundOrder',
};
/** What an order was asked last; the answer that is stored names the order only. */
const lastStep = new Map<string, string>();

async function ask<Result>(update: string, orderId: string, send: () => Promise<Result>): Promise<Result> {
  const step = STEP_BY_UPDATE[update];
  if (step === undefined) return send();
  lastStep.set(orderId, step);
  await reach(step, 'before', [orderId]);
  // Also when the answer did not come in time, which the caller is told as well.
  const answer = await Promise.allSettled([send()]);
  await reach(step, 'temporal.update', [orderId]);
  const [settled] = answer;
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}

/** Replaces methods of an object and leaves the rest as it is. */
function withMethods<Target extends object>(target: Target, methods: Partial<Target>): Target {
  return new Proxy(target, {
    get(object, property) {
      const replaced: unknown = Reflect.get(methods, property);
      if (replaced !== undefined) return replaced;
      const member: unknown = Reflect.get(object, property, object);
      return typeof member === 'function' ? (member.bind(object) as unknown) : member;
    },
  });
}

function stoppableWorkflows(workflow: WorkflowClient): WorkflowClient {
  const executeUpdateWithStart: WorkflowClient['executeUpdateWithStart'] = (update, options) => {
    const operation: WithStartWorkflowOperation<Workflow> = options.startWorkflowOperation;
    const name = typeof update === 'string' ? update : update.name;
    return ask(name, operation.options.workflowId, () => workflow.executeUpdateWithStart(update, options));
  };
  const getHandle: WorkflowClient['getHandle'] = (workflowId, ...rest) => {
    const handle = workflow.getHandle(workflowId, ...rest);
    const executeUpdate: typeof handle.executeUpdate = (update: unknown, options: unknown) =>
      ask(String(update), workflowId, () => Reflect.apply(handle.executeUpdate, handle, [update, options]));
    return withMethods(handle, { executeUpdate });
  };
  return withMethods(workflow, { executeUpdateWithStart, getHandle });
}

await runApi((dependencies) => {
  const { repositories, temporal } = dependencies;
  const { access, inbox } = repositories;
  return {
    ...dependencies,
    temporal: withMethods(temporal, { workflow: stoppableWorkflows(temporal.workflow) }),
    repositories: {
      ...repositories,
      access: withMethods(access, {
        endAttempt: async (ended) => {
          const stored = await access.endAttempt(ended);
          const { body, headers } = ended.answer;
          const [orderId] = /\bord_\w+/.exec(`${headers['location']} ${body}`) ?? [];
          const step = orderId === undefined ? undefined : lastStep.get(orderId);
          if (orderId !== undefined && step !== undefined) await reach(step, 'after', [orderId]);
          return stored;
        },
      }),
      inbox: {
        lag: () => inbox.lag(),
        store: async (message) => {
          await reach('storeWebhook', 'before', [message.orderId]);
          const outcome = await inbox.store(message);
          await reach('storeWebhook', 'inbox.store', [message.orderId]);
          return outcome;
        },
      },
    },
  };
});
