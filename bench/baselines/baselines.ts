/** The workflows that do nothing as subjects, with their worker. */
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { ManagedProcess, type ProcessHost } from '../../embedded/managed-process.ts';
import { nodeProgram } from '../../embedded/node-program.ts';
import type { Engine } from '../support/engine.ts';
import { Recent } from '../support/recent.ts';
import type { Subject } from '../support/subject.ts';
import { BASELINE_TASK_QUEUE } from './task-queue.ts';
import type * as workflows from './workflows.ts';

const PROGRAM = 'baseline-worker';

export interface Baselines {
  /** Four regular activities, one after another. */
  readonly bareSaga: Subject;
  /** The same, handed over eagerly. */
  readonly eagerSaga: Subject;
  readonly emptyWorkflow: Subject;
  readonly stop: () => Promise<void>;
}

export async function startBaselines(engine: Engine, host: ProcessHost): Promise<Baselines> {
  const worker = await ManagedProcess.start(
    nodeProgram(
      PROGRAM,
      'bench/baselines/baseline-worker.main.ts',
      { TEMPORAL_ADDRESS: engine.address },
      host,
    ),
    host,
  );
  const connection = await Connection.connect({ address: engine.address });
  const client = new Client({ connection });
  const subject = (name: string, workflow: keyof typeof workflows): Subject => {
    const recent = new Recent<string>();
    return {
      name,
      run: async () => {
        const workflowId = `${workflow}-${randomUUID()}`;
        await client.workflow.execute(workflow, { taskQueue: BASELINE_TASK_QUEUE, workflowId });
        recent.add(workflowId);
      },
      programs: () => [
        { name: PROGRAM, pid: worker.pid ?? 0, role: 'own' },
        ...engine.programs(),
        { name: 'load', pid: process.pid, role: 'load' },
      ],
      databases: { temporal: engine.databaseUrl },
      recentWorkflowIds: () => recent.all(),
    };
  };
  return {
    bareSaga: subject('bare saga', 'bareSaga'),
    eagerSaga: subject('bare saga, eager', 'eagerSaga'),
    emptyWorkflow: subject('empty workflow', 'emptyWorkflow'),
    stop: async () => {
      await connection.close();
      await worker.stop();
    },
  };
}
