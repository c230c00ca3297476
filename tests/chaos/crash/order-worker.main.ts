/** The order worker, which can be stopped before and after every effect of an activity. */
import { Context } from '@temporalio/activity';
import type { ActivityDependencies } from '../../../src/activities/shared/dependencies.ts';
import { runOrderWorker } from '../../../src/workers/run-order-worker.ts';
import { ACTIVITY_STEPS } from './crash-points.ts';
import { connectToCampaign } from './reach-point.ts';

const reach = connectToCampaign();

const firstEffects: Readonly<Record<string, string | undefined>> = Object.fromEntries(
  Object.entries(ACTIVITY_STEPS).map(([step, { effects }]) => [step, effects[0]]),
);

function stoppable<Part extends object>(name: keyof ActivityDependencies, part: Part): Part {
  return new Proxy(part, {
    get(target, property, receiver) {
      const member: unknown = Reflect.get(target, property, receiver);
      if (typeof member !== 'function' || typeof property !== 'string') return member;
      const effect = `${name}.${property}`;
      return async (...args: unknown[]): Promise<unknown> => {
        const { activityType, workflowExecution } = Context.current().info;
        const orderIds = workflowExecution === undefined ? [] : [workflowExecution.workflowId];
        if (firstEffects[activityType] === effect) await reach(activityType, 'before', orderIds);
        const result: unknown = await Reflect.apply(member, target, args);
        await reach(activityType, effect, orderIds);
        return result;
      };
    },
  });
}

await runOrderWorker((dependencies) => ({
  ...dependencies,
  orders: stoppable('orders', dependencies.orders),
  notifications: stoppable('notifications', dependencies.notifications),
  payments: stoppable('payments', dependencies.payments),
  carrier: stoppable('carrier', dependencies.carrier),
  mail: stoppable('mail', dependencies.mail),
}));
