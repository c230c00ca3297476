/** What the jobs found, for Prometheus. */
import { Gauge, register, type Registry } from 'prom-client';
import type { ReconciliationRepository } from '../../db/repositories/reconciliation.repository.ts';
import type { Logger } from '../config/logger.ts';
import type { JobResult, MaintenanceJob } from '../workflows/maintenance/maintenance.contract.ts';

/** Called with the result of every run of a job. */
export type JobObserver = (job: MaintenanceJob, result: JobResult) => void;

/** Gauges of one process. */
export function createJobObserver(registry: Registry = register): JobObserver {
  const registers = [registry];
  const found = new Gauge({
    name: 'order_saga_job_result',
    help: 'What the last run of a job has found or done: how many of what.',
    labelNames: ['job', 'what'],
    registers,
  });
  const finished = new Gauge({
    name: 'order_saga_job_finished_timestamp_seconds',
    help: 'When the last run of a job came to its end.',
    labelNames: ['job'],
    registers,
  });
  return (job, result) => {
    for (const [what, count] of Object.entries(result)) found.set({ job, what }, count);
    finished.setToCurrentTime({ job });
  };
}

/** Counted in the database whenever the metrics are read, and absent while the database is away. */
export function observeBreaks(
  reconciliation: Pick<ReconciliationRepository, 'countOpen'>,
  logger: Logger,
  registry: Registry = register,
): Gauge<'provider'> {
  return new Gauge({
    name: 'order_saga_reconciliation_breaks_open',
    help: 'Differences between a provider and our records that nobody has explained.',
    labelNames: ['provider'],
    registers: [registry],
    async collect() {
      this.reset();
      try {
        for (const { provider, open } of await reconciliation.countOpen()) this.set({ provider }, open);
      } catch (error) {
        logger.warn({ err: error }, 'the number of open breaks cannot be read');
      }
    },
  });
}
