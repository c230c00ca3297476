import { Counter, register, type Registry } from 'prom-client';

export interface ProjectionsMetrics {
  readonly events: Counter<'outcome'>;
}

/** Counters of one process. */
export function createProjectionsMetrics(registry: Registry = register): ProjectionsMetrics {
  return {
    events: new Counter({
      name: 'order_saga_projection_events_total',
      help: 'Deliveries from the queue by what became of them: applied, repeated, gap, poison (both end in the dead-letter queue when they stay so) or failed (the database was away).',
      labelNames: ['outcome'],
      registers: [registry],
    }),
  };
}
