/** The API keys with which a person tries the embedded stack. */
import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { AccessRepository, ApiKey } from '../db/repositories/access.repository.ts';
import { readOrCreatePrivateFile } from './private-file.ts';

/** Whose orders the key `customer` can place. */
export const DEMO_CUSTOMER_ID = 'cus_demo';

const ROLES = ['customer', 'operator', 'approver', 'admin', 'importer'] as const;
const demoKeysSchema = z.record(z.enum(ROLES), z.string().min(32));
export type DemoKeys = z.output<typeof demoKeysSchema>;

/** The keys in the file, which is made when it is not there. @throws Error naming the file when it is damaged */
export function loadDemoKeys(file: string): DemoKeys {
  const make = (role: string): string => `demo_${role}_${randomBytes(18).toString('base64url')}`;
  return readOrCreatePrivateFile(file, demoKeysSchema, () => ({
    customer: make('customer'),
    operator: make('operator'),
    approver: make('approver'),
    admin: make('admin'),
    importer: make('importer'),
  }));
}

/** Makes the keys known to the database, which keeps digests only. Safe to repeat. */
export async function registerDemoKeys(access: AccessRepository, keys: DemoKeys): Promise<void> {
  for (const role of ROLES) {
    const keyHash = createHash('sha256').update(keys[role]).digest('hex');
    const customerId = role === 'customer' ? DEMO_CUSTOMER_ID : null;
    const key = (id: string): ApiKey & { keyHash: string } => ({ id, role, customerId, keyHash });
    await access.putApiKey(key(`demo-${role}`));
    // The data was kept and the file with the keys was not: the name stands for a key that nobody has any more.
    if ((await access.findApiKey(keyHash)) === null)
      await access.putApiKey(key(`demo-${role}-${keyHash.slice(0, 8)}`));
  }
}
