/** The maintenance worker, which can be stopped before and after every effect that a job has on an order. */
import { Context } from '@temporalio/activity';
import { runMaintenanceWorker, type MaintenanceParts } from '../../../src/workers/run-maintenance-worker.ts';
import { MAINTENANCE_STEPS } from './crash-points.ts';
import { connectToCampaign } from './reach-point.ts';

const reach = connectToCampaign();

const firstEffects: Readonly<Record<string, string | undefined>> = Object.fromEntries(
  Object.entries(MAINTENANCE_STEPS).map(([step, { effects }]) => [step, effects[0]]),
);

/** What a job does to an order begins with the order's id. */
function orderIdsIn([input]: readonly unknown[]): readonly string[] {
  return typeof input === 'object' && input !== null && 'orderId' in input ? [String(input.orderId)] : [];
}

function stoppable<Part extends object>(name: keyof MaintenanceParts, part: Part): Part {
  return new Proxy(part, {
    get(target, property, receiver) {
      const member: unknown = Reflect.get(target, property, receiver);
      if (typeof member !== 'function' || typeof property !== 'string') return member;
      const effect = `${name}.${property}`;
      return async (...args: unknown[]): Promise<unknown> => {
        const { activityType } = Context.current().info;
        const orderIds = orderIdsIn(args);
        if (firstEffects[activityType] === effect) await reach(activityType, 'before', orderIds);
        const result: unknown = await Reflect.apply(member, target, args);
        await reach(activityType, effect, orderIds);
        return result;
      };
    },
  });
}

await runMaintenanceWorker((parts) => ({
  ...parts,
  orders: stoppable('orders', parts.orders),
  workflows: stoppable('workflows', parts.workflows),
}));
