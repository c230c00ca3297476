import { audit, type AuditOptions } from '../../../src/auditor/audit.ts';
import { violationLine } from '../../../src/auditor/report.ts';
import type { ShopLab } from './shop-lab.ts';

/** What is under way may settle for this long; the audit ends sooner when nothing is left that is in doubt. */
const LOOKS = 60;
const LOOK_AGAIN_AFTER_MS = 1_000;

/**
 * The whole audit of a shop: database, both providers, Temporal, straight at each of them, whatever the shop's own programs
 * go through. Call it when all orders have come to where they shall be.
 * @param looks how often what is in doubt is looked at again, a second apart, before it counts
 * @returns one line for each violation, empty when all is well
 */
export function auditLab({ addresses }: ShopLab, looks = LOOKS): Promise<readonly string[]> {
  const { env } = addresses;
  return auditSystems(
    {
      databaseUrl: addresses.databaseUrl,
      payments: { url: addresses.paymentProviderUrl, apiKey: env['PAYMENT_PROVIDER_API_KEY'] ?? '' },
      carrier: { url: addresses.carrierUrl, apiKey: env['CARRIER_API_KEY'] ?? '' },
      temporal: {
        address: addresses.temporalAddress,
        namespace: env['TEMPORAL_NAMESPACE'] ?? 'default',
        taskQueue: env['TEMPORAL_TASK_QUEUE'] ?? 'orders',
      },
    },
    looks,
  );
}

/** The same of systems that make no whole shop. */
export async function auditSystems(
  systems: Pick<AuditOptions, 'databaseUrl' | 'payments' | 'carrier' | 'temporal'>,
  looks = LOOKS,
): Promise<readonly string[]> {
  const { violations } = await audit({
    ...systems,
    graceMs: 0,
    backlogMs: 0,
    looks,
    lookAgainAfterMs: LOOK_AGAIN_AFTER_MS,
  });
  return violations.map(violationLine);
}
