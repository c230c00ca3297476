/** What both providers are made of, put together: the store and all that works on it. */
import type { Logger } from '../../src/config/logger.ts';
import { createFaults } from './faults.ts';
import { createKeys, createOperations, PROVIDER_SCHEMA } from './provider-store.ts';
import { openStore } from './store.ts';
import { createWebhooks } from './webhooks.ts';

/**
 * Opens the store of a provider.
 * @param ownSchema tables that only this provider has
 * @throws Error when webhooks have an address and no secret
 */
export function openProvider(
  environment: {
    readonly STORE_FILE: string;
    readonly WEBHOOK_URL?: string | undefined;
    readonly WEBHOOK_SECRET?: string | undefined;
  },
  logger: Logger,
  ownSchema: string,
) {
  const { STORE_FILE: file, WEBHOOK_URL: url, WEBHOOK_SECRET: secret } = environment;
  if (url !== undefined && secret === undefined)
    throw new Error('Set WEBHOOK_SECRET: webhooks to WEBHOOK_URL are signed with it');
  const store = openStore(file, PROVIDER_SCHEMA + ownSchema);
  return {
    store,
    operations: createOperations(store),
    keys: createKeys(store),
    faults: createFaults(store),
    inProgress: new Set<string>(),
    webhooks: createWebhooks(store, logger, url && secret ? { url, secret } : undefined),
  };
}
