/** Order workers whose number follows the load, on one machine; on a cluster KEDA does the same. */
import { availableParallelism } from 'node:os';
import type { ProcessHost, Program } from '../managed-process.ts';
import type { Part } from '../part.ts';
import { CoreShares } from './core-shares.ts';
import { CLUSTER_RULE, LOOK_INTERVAL_MS, type ScalingRule } from './scaling-rule.ts';
import { waitingTasksOf, type TaskQueueAddress } from './waiting-tasks.ts';
import { WorkerPool } from './worker-pool.ts';
import { WorkerScaler, type WorkerScalerOptions } from './worker-scaler.ts';

/** What may differ, for tests and recordings. */
export interface ScalingOptions extends Partial<Pick<WorkerScalerOptions, 'intervalMs' | 'onObservation'>> {
  readonly rule?: Partial<ScalingRule>;
}

export interface OrderWorkersPartOptions {
  readonly programOf: (name: string, env: Readonly<Record<string, string>>) => Program;
  readonly queueOf: (env: Readonly<Record<string, string>>) => TaskQueueAddress;
  readonly host: ProcessHost;
  readonly onNotice: (text: string) => void;
  readonly scaling: ScalingOptions;
}

/** Starts as many as there are at the least, and lets their number follow the load until it is stopped. */
export function orderWorkersPart(options: OrderWorkersPartOptions): Part {
  const { host, scaling, onNotice } = options;
  // A further worker only helps where there is a core for it.
  const rule: ScalingRule = {
    ...CLUSTER_RULE,
    minimum: 1,
    maximum: availableParallelism(),
    ...scaling.rule,
  };
  return {
    name: `Order workers, ${rule.minimum} to ${rule.maximum} by load`,
    async start({ env, signal }) {
      const pool = new WorkerPool({
        name: 'order-worker',
        programOf: (name) => options.programOf(name, env),
        host,
        onStartFailed: tellChanges((error) =>
          onNotice(`A further order worker could not be started: ${error.message.split('\n')[0]}`),
        ),
      });
      try {
        await Promise.all(Array.from({ length: rule.minimum }, () => pool.add(signal)));
      } catch (error) {
        await pool.stop();
        throw error;
      }
      const scaler = new WorkerScaler({
        pool,
        waitingTasks: waitingTasksOf(options.queueOf(env)),
        coreShares: new CoreShares(),
        rule,
        intervalMs: scaling.intervalMs ?? LOOK_INTERVAL_MS,
        onNotice,
        onObservation: scaling.onObservation,
      });
      return {
        addresses: {},
        env: {},
        stop: async () => {
          await scaler.stop();
          await pool.stop();
        },
      };
    },
  };
}

/** Passes on an error only when it is another one than before. */
function tellChanges(tell: (error: Error) => void): (error: Error) => void {
  let last = '';
  return (error) => {
    const text = error.message.split('\n')[0] ?? '';
    if (text !== last) tell(error);
    last = text;
  };
}
