import { Gauge, register, type Registry } from 'prom-client';
import type { AttentionRepository } from '../../db/repositories/attention.repository.ts';
import type { Logger } from '../config/logger.ts';
import { ATTENTION, attentionOf } from '../domain/operations/attention-catalogue.ts';

/** Counted in the database whenever the metrics are read, and absent while the database is away. */
export function observeAttention(
  attention: Pick<AttentionRepository, 'countByCode'>,
  logger: Logger,
  registry: Registry = register,
): Gauge<'code' | 'severity'> {
  return new Gauge({
    name: 'order_saga_attention',
    help: 'Causes that call a person to an order, by code and how bad they are.',
    labelNames: ['code', 'severity'],
    registers: [registry],
    async collect() {
      this.reset();
      try {
        const counted = await attention.countByCode();
        const counts = new Map(counted.map(({ code, count }) => [code, count]));
        // A code without a cause is zero, so that an alarm sees it end.
        for (const code of new Set([...Object.keys(ATTENTION), ...counts.keys()]))
          this.set({ code, severity: attentionOf(code).severity }, counts.get(code) ?? 0);
      } catch (error) {
        logger.warn({ err: error }, 'the number of causes that call a person cannot be read');
      }
    },
  });
}
