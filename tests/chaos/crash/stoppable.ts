/** How what an activity acts with comes to a halt before and after every effect. */
import { Context } from '@temporalio/activity';
import type { Reach } from './reach-point.ts';

/** The steps of a worker by their names, with their effects in order. */
type Steps = Readonly<Record<string, { readonly effects: readonly string[] } | undefined>>;

export type Stoppable = <Part extends object>(name: string, part: Part) => Part;

/**
 * @param orderIdsOf the orders that a call is about, by what it is called with
 * @returns wraps one dependency, under the name that effects begin with
 */
export function createStoppable(
  reach: Reach,
  steps: Steps,
  orderIdsOf: (args: readonly unknown[]) => readonly string[],
): Stoppable {
  return (name, part) =>
    new Proxy(part, {
      get(target, property, receiver) {
        const member: unknown = Reflect.get(target, property, receiver);
        if (typeof member !== 'function' || typeof property !== 'string') return member;
        const effect = `${name}.${property}`;
        return async (...args: unknown[]): Promise<unknown> => {
          const { activityType } = Context.current().info;
          const orderIds = orderIdsOf(args);
          if (steps[activityType]?.effects[0] === effect) await reach(activityType, 'before', orderIds);
          const result: unknown = await Reflect.apply(member, target, args);
          await reach(activityType, effect, orderIds);
          return result;
        };
      },
    });
}
