/** What must be true of every order of a lab, at any moment. */
import { sql } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import { checkInvariants } from '../../support/invariants.ts';
import type { Program } from '../simulators/programs.ts';
import type { LabPrograms } from './lab-programs.ts';

/** What really happened at a provider, as its control interface tells. */
export interface ProviderOperation {
  readonly key: string;
  readonly operation: string;
  readonly status: string;
  readonly amountMinor: number;
  /** RFC 3339 */
  readonly at: string;
}

export async function operationsOf(program: Program, orderId: string): Promise<ProviderOperation[]> {
  const { json } = await program.send('GET', `/control/operations?orderId=${orderId}`);
  return json as ProviderOperation[];
}

/**
 * What is wrong in the database; and, for orders that have ended, where our record of what was done at the providers is not
 * theirs.
 */
export async function findViolations(database: Database, programs: LabPrograms): Promise<string[]> {
  const ended = await database.query<{ id: string }>(
    'lab.ended',
    sql`SELECT id FROM orders WHERE status IN ('completed', 'rejected', 'cancelled')`,
  );
  const theirs = await Promise.all(
    [programs.payments, programs.carrier].flatMap((program) =>
      ended.map(async ({ id }) => {
        const operations = await operationsOf(program, id);
        return operations.filter(({ status }) => status === 'succeeded').map(({ key }) => key);
      }),
    ),
  );
  const ours = await database.query<{ key: string; kind: string; status: string }>(
    'lab.operations',
    sql`SELECT key, kind, provider_operations.status FROM provider_operations JOIN orders ON orders.id = order_id
      WHERE provider_operations.status IN ('succeeded', 'not_needed')
        AND orders.status IN ('completed', 'rejected', 'cancelled')`,
  );
  const done = new Set(theirs.flat());
  const recorded = ours.filter(({ status }) => status === 'succeeded').map(({ key }) => key);
  // The carrier remembers the cancellation of a booking that it never saw, which for us needed no doing.
  const fences = ours.filter(({ kind, status }) => kind === 'cancel_booking' && status === 'not_needed');
  const known = new Set([...recorded, ...fences.map(({ key }) => key)]);
  return [
    ...(await checkInvariants(programs.databaseUrl)),
    ...[...done].filter((key) => !known.has(key)).map((key) => `I10: ${key} was done and is not recorded`),
    ...recorded.filter((key) => !done.has(key)).map((key) => `I10: ${key} is recorded and was never done`),
  ];
}
