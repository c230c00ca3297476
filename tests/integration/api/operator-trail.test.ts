/** What is written down of operators' actions, and what repeating one or trying it first does, upon the real workflow. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { deriveId, sha256Hex } from '../../../src/api/http/derived-id.ts';
import { waitFor } from '../../support/stack.ts';
import { startOperatorLab, type OperatorLab } from './operator-lab.ts';
import { PATIENCE_MS } from './checkout-lab.ts';
import { expectStatus, newKey } from './test-api.ts';

jest.setTimeout(180_000);

let lab: OperatorLab;
beforeAll(async () => {
  lab = await startOperatorLab();
});
afterAll(() => lab.stop());

describe('a mail', () => {
  it('that was sent goes out once more, once for each action', async () => {
    const id = await lab.place();
    await lab.untilCaptured(id);
    const mails = (): Promise<readonly { subjectId: string; state: string }[]> =>
      lab.api.database.query(
        'test.mails',
        sql`SELECT subject_id AS "subjectId", state FROM notifications WHERE order_id = ${id} ORDER BY created_at, subject_id`,
      );
    await waitFor(async () => (await mails()).some(({ state }) => state === 'sent'), {
      timeoutMs: PATIENCE_MS,
      what: 'the first mail',
    });
    const idempotencyKey = newKey();
    const body = { template: 'confirmed' };
    const [first, second] = [
      await expectStatus(200, lab.operate(id, 'resend_notification', body, { idempotencyKey })),
      await expectStatus(200, lab.operate(id, 'resend_notification', body, { idempotencyKey })),
    ];
    expect(second.text).toBe(first.text);
    const sent = await waitFor(
      async () => {
        const all = await mails();
        return all.length > 1 && all.every(({ state }) => state === 'sent') ? all : null;
      },
      { timeoutMs: PATIENCE_MS, what: 'the second mail' },
    );
    expect(sent.map(({ subjectId }) => subjectId)).toEqual(['1', `1#${first.json.id}`]);
    const never = await expectStatus(409, lab.operate(id, 'resend_notification', { template: 'shipped' }));
    expect(never.json.why).toBe('never_sent');
  });
});

describe('an action', () => {
  it('is written down as who asked for it, when, why and with what, for cancelling and refunding too', async () => {
    const id = await lab.place();
    await lab.untilCaptured(id);
    const key = newKey();
    const body = { amountMinor: 500, reason: 'damaged' };
    await expectStatus(
      201,
      lab.api.send('POST', `/v1/orders/${id}/refunds`, { as: 'importer', idempotencyKey: key, body }),
    );
    const cancelling = { reason: 'customer_request' };
    await expectStatus(
      200,
      lab.api.send('POST', `/v1/orders/${id}/cancel`, {
        as: 'customer',
        idempotencyKey: newKey(),
        body: cancelling,
      }),
    );
    const [cancelled, refunded] = await lab.actionsOf(id);
    expect(cancelled).toMatchObject({
      action: 'cancel',
      actor: 'key:customer',
      role: 'customer',
      state: 'done',
    });
    expect(refunded).toMatchObject({
      id: deriveId('act', 'key:importer', key),
      action: 'refund',
      role: 'importer',
      reason: 'damaged',
      input: { by: { amountMinor: 500 }, restock: false },
      state: 'done',
      outcomes: [{ outcome: 'done', actor: 'key:importer' }],
    });
    const mine = await lab.api.send('GET', '/v1/ops/actions?actor=key:importer&action=refund&limit=1', {
      as: 'viewer',
    });
    expect(mine.json.items).toMatchObject([{ id: refunded.id }]);
  });

  it('repeated with its key has one effect, one row and one answer; with another body it is refused', async () => {
    const id = await lab.place();
    await lab.untilCaptured(id);
    const idempotencyKey = newKey();
    const refund = { amountMinor: 300 };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => lab.operate(id, 'refund', refund, { idempotencyKey })),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.json).toMatchObject({ state: 'done' });
    expect((await lab.read(id)).totals.refunded.amountMinor).toBe(300);
    expect(await lab.actionsOf(id)).toHaveLength(1);
    expect((await lab.operate(id, 'refund', { amountMinor: 301 }, { idempotencyKey })).status).toBe(422);
  });

  it('of which a killed API has left the row alone is settled by a repetition', async () => {
    const id = await lab.place();
    await lab.untilCaptured(id);
    const idempotencyKey = newKey();
    await lab.api.repositories.operatorActions.ask({
      id: deriveId('act', 'key:operator', idempotencyKey),
      orderId: id,
      action: 'refund',
      actor: 'key:operator',
      role: 'operator',
      reason: 'asked by the customer',
      requestId: 'the request that was cut short',
      keyDigest: sha256Hex(idempotencyKey),
      input: { by: { amountMinor: 200 }, restock: false },
      bulkId: null,
    });
    expect((await lab.actionsOf(id)).map(({ state }) => state)).toEqual(['asked']);
    await expectStatus(200, lab.operate(id, 'refund', { amountMinor: 200 }, { idempotencyKey }));
    expect(await lab.actionsOf(id)).toMatchObject([{ state: 'done' }]);
    expect((await lab.read(id)).totals.refunded.amountMinor).toBe(200);
  });

  it('cannot be rewritten', async () => {
    for (const statement of [
      sql`UPDATE operator_actions SET reason = 'another'`,
      sql`DELETE FROM operator_action_outcomes`,
    ])
      await expect(lab.api.database.query('test.rewrite', statement)).rejects.toThrow(/would break 23000/);
  });
});

describe('a dry run', () => {
  /** A digest of every row of every table. */
  async function everything(): Promise<Record<string, string>> {
    const tables = await lab.api.database.query<{ name: string }>(
      'test.tables',
      sql`SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('public', 'projections')`,
    );
    const digests: Record<string, string> = {};
    for (const { name } of tables) {
      const [row] = await lab.api.database.query<{ digest: string }>(
        'test.digest',
        sql`SELECT coalesce(md5(string_agg(one::text, E'\n' ORDER BY one::text)), '') AS digest FROM ${sql.raw(name)} AS one`,
      );
      digests[name] = row?.digest ?? '';
    }
    return digests;
  }

  it('says exactly what would happen, and changes nothing', async () => {
    const id = await lab.place();
    await lab.untilCaptured(id);
    await waitFor(
      async () => {
        const [row] = await lab.api.database.query<{ busy: number }>(
          'test.busy',
          sql`SELECT count(*)::integer AS busy FROM orders WHERE id = ${id} AND NOT EXISTS (
            SELECT FROM notifications WHERE order_id = ${id} AND state = 'sent')`,
        );
        return row?.busy === 0;
      },
      { timeoutMs: PATIENCE_MS, what: 'the mail' },
    );
    const before = await everything();
    const idempotencyKey = newKey();
    const query = '?dryRun=true';
    const cancel = await expectStatus(200, lab.operate(id, 'cancel', {}, { query, idempotencyKey }));
    expect(cancel.json).toMatchObject({
      dryRun: true,
      stock: [{ sku: 'LAMP', locationId: 'main', reserved: -3 }],
      money: [{ kind: 'refund', amount: { amountMinor: 3000, currency: 'GBP' } }],
      mails: ['cancelled'],
    });
    expect((await expectStatus(200, lab.operate(id, 'refund', {}, { query }))).json.money).toEqual([
      { kind: 'refund', amount: { amountMinor: 3000, currency: 'GBP' } },
    ]);
    const refused = await expectStatus(409, lab.operate(id, 'refund', { amountMinor: 3001 }, { query }));
    expect(refused.json.why).toBe('exceeds_captured');
    expect(await everything()).toEqual(before);
    // Its key is free for the request that is meant.
    expect((await expectStatus(200, lab.operate(id, 'cancel', {}, { idempotencyKey }))).json.action).toBe(
      'cancel',
    );
    const order = await lab.until(id, 'the cancellation', ({ status }) => status === 'cancelled');
    expect(order.totals.refunded.amountMinor).toBe(3000);
  });
});
