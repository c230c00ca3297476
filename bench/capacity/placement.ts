/** Which program runs where, and how many of each there are. */
import { DOERS } from './demand.ts';
import type { Doer } from './order-way.ts';

/** What is ours to place and to pay for, each with the kinds of threads that it has. */
export const COMPONENTS = {
  api: ['api'],
  'order-worker': ['worker-native', 'worker-workflows', 'worker-activities'],
  temporal: ['temporal'],
  'temporal-postgres': ['temporal-postgres'],
  postgres: ['postgres'],
  relay: ['relay'],
  projections: ['projections'],
  'maintenance-worker': ['maintenance-worker'],
} as const satisfies Readonly<Record<string, readonly Doer[]>>;
export type Component = keyof typeof COMPONENTS;
export const COMPONENT_NAMES = Object.keys(COMPONENTS) as readonly Component[];

export interface Machine {
  readonly name: string;
  readonly cores: number;
  readonly doers: readonly Doer[];
}

export interface Placement {
  readonly machines: readonly Machine[];
  /** Processes of a program that uses one core at the most, or one for each of its kinds of threads. */
  readonly processes: Readonly<Record<Component, number>>;
  /** From one machine to another, milliseconds. */
  readonly networkMs: number;
}

/** Programs whose work is done by one thread for each process. Temporal and PostgreSQL use all cores that they have. */
const ONE_THREAD: readonly Doer[] = [
  'api',
  'worker-workflows',
  'worker-activities',
  'relay',
  'projections',
  'maintenance-worker',
  'payment-provider',
  'carrier',
  'mail',
  'aws',
  'load',
];

export function usesOneThread(doer: Doer): boolean {
  return ONE_THREAD.includes(doer);
}

export function componentOf(doer: Doer): Component | undefined {
  return COMPONENT_NAMES.find((name) => (COMPONENTS[name] as readonly Doer[]).includes(doer));
}

/** How many processes there are of a program; of one that is not ours to place, one. */
export function processesOf({ processes }: Placement, doer: Doer): number {
  const component = componentOf(doer);
  return component === undefined ? 1 : processes[component];
}

/** Everything on one machine, one process of each program, the simulated providers and the load with them: as it is measured. */
export function onOneMachine(cores: number): Placement {
  return {
    machines: [{ name: 'the machine', cores, doers: DOERS }],
    processes: Object.fromEntries(COMPONENT_NAMES.map((name) => [name, 1])) as Record<Component, number>,
    networkMs: 0,
  };
}

/**
 * Each component on machines of its own, as in production: providers, mail and broker are elsewhere, and cost their time
 * only. A Node program has a process for each core.
 */
export function onOwnMachines(cores: Readonly<Record<Component, number>>, networkMs: number): Placement {
  return {
    machines: COMPONENT_NAMES.map((name) => ({ name, cores: cores[name], doers: COMPONENTS[name] })),
    processes: cores,
    networkMs,
  };
}
