/** How many cores each component needs for a rate, and which of them is first at its end: arithmetic, without chance. */
import { totalMs, type OrderDemands } from './demand.ts';
import {
  COMPONENT_NAMES,
  COMPONENTS,
  processesOf,
  usesOneThread,
  type Component,
  type Machine,
  type Placement,
} from './placement.ts';
import type { Doer } from './order-way.ts';

/** Something of which there is so much, and of which each order takes a part. */
export interface Limit {
  readonly name: string;
  /** Cores of a machine, or threads of a program. */
  readonly servers: number;
  /** Processor milliseconds an order. */
  readonly demandMs: number;
  /** Orders a second at which it is taken wholly. */
  readonly saturatesPerSecond: number;
}

/** What a placement can bear, what is first at its end first. Programs that are not in it are somebody else's. */
export function limitsOf(demands: OrderDemands, placement: Placement): readonly Limit[] {
  return placement.machines
    .flatMap((machine) => [coresOf(demands, machine, placement), ...threadsOf(demands, machine, placement)])
    .filter(({ demandMs }) => demandMs > 0)
    .toSorted((one, other) => one.saturatesPerSecond - other.saturatesPerSecond);
}

function coresOf(demands: OrderDemands, { name, cores, doers }: Machine, placement: Placement): Limit {
  const idleMs = doers.reduce((all, doer) => all + idleOf(demands, doer) * processesOf(placement, doer), 0);
  return limit(`${name}: cores`, cores, sum(demands, doers), idleMs / cores);
}

function threadsOf(demands: OrderDemands, { doers }: Machine, { processes }: Placement): Limit[] {
  return COMPONENT_NAMES.flatMap((component) =>
    (COMPONENTS[component] as readonly Doer[])
      .filter((doer) => doers.includes(doer) && usesOneThread(doer))
      .map((doer) =>
        limit(`${doer}: threads`, processes[component], totalMs(demands, doer), idleOf(demands, doer)),
      ),
  );
}

/** @param idleMs what each of its servers uses anyhow, milliseconds a second */
function limit(name: string, servers: number, demandMs: number, idleMs: number): Limit {
  return { name, servers, demandMs, saturatesPerSecond: (servers * (1000 - idleMs)) / demandMs };
}

function idleOf({ idleMsPerSecond }: OrderDemands, doer: Doer): number {
  return idleMsPerSecond.get(doer) ?? 0;
}

/** Processor milliseconds of an order in a component. */
export function componentMs(demands: OrderDemands, component: Component): number {
  return sum(demands, COMPONENTS[component]);
}

/** Of them, those of its end. */
export function endMs({ of }: OrderDemands, component: Component): number {
  return COMPONENTS[component].reduce((all, doer) => all + (of.get(doer)?.endMs ?? 0), 0);
}

function sum(demands: OrderDemands, doers: readonly Doer[]): number {
  return doers.reduce((all, doer) => all + totalMs(demands, doer), 0);
}

/**
 * The smallest whole numbers of cores with which no component is busier than the ceiling. A program whose work is done by one
 * thread has a process for each core, and what an idle process uses is reckoned for each core of every component.
 * @param ceiling the part of the cores that may be busy on average, above 0 and below 1
 * @throws RangeError when an idle process uses more than that
 */
export function coresFor(
  demands: OrderDemands,
  perSecond: number,
  ceiling: number,
): Readonly<Record<Component, number>> {
  return Object.fromEntries(
    COMPONENT_NAMES.map((component) => {
      const idleMs = COMPONENTS[component].reduce((all, doer: Doer) => all + idleOf(demands, doer), 0);
      const leftMs = ceiling * 1000 - idleMs;
      if (leftMs <= 0)
        throw new RangeError(
          `An idle ${component} uses ${(idleMs / 10).toFixed(1)} % of a core; raise the ceiling`,
        );
      return [component, Math.max(1, Math.ceil((perSecond * componentMs(demands, component)) / leftMs))];
    }),
  ) as Record<Component, number>;
}
