import { describe, expect, test } from '@jest/globals';
import { Connection } from '@temporalio/client';
import postgres from 'postgres';
import { createDatabase, stack, startProcess } from '../../support/stack.ts';

describe('the stack for tests', () => {
  test('gives a migrated database of its own', async () => {
    const database = await createDatabase();
    const sql = postgres(database.url, { max: 1 });
    try {
      const [row] =
        await sql`SELECT count(*)::int AS tables FROM information_schema.tables WHERE table_name = 'orders'`;
      expect(row).toEqual({ tables: 1 });
    } finally {
      await sql.end();
      await database.drop();
    }
  });

  test('has a Temporal server that keeps closed workflows for a month', async () => {
    const connection = await Connection.connect({ address: stack().temporalAddress });
    const answer = await connection.workflowService.describeNamespace({ namespace: 'default' });
    expect(Number(answer.config?.workflowExecutionRetentionTtl?.seconds)).toBe(30 * 24 * 60 * 60);
    await connection.close();
  });
});

describe('a process of a test', () => {
  test('runs beside those of the stack until it is stopped', async () => {
    const relay = await startProcess('src/workers/relay.main.ts');
    expect(relay.log()).toContain('relay is ready');
    await relay.stop();
    expect(await relay.exited).toBe(0);
  });

  test('tells why it did not start', async () => {
    await expect(startProcess('src/workers/relay.main.ts', { EVENTS_TOPIC_ARN: 'none' })).rejects.toThrow(
      /EVENTS_TOPIC_ARN/,
    );
  });
});
