/** F9: webhooks as they come in earnest, and as those send them who are not who they say they are. */
import { sql } from 'drizzle-orm';
import { setTimeout as delay } from 'node:timers/promises';
import { WEBHOOK_SIGNATURE_HEADER, signWebhook } from '../../../src/config/webhook-signature.ts';
import { paymentOperationKey } from '../../../src/domain/ids.ts';
import type { Seeded } from '../support/seeded.ts';
import type { FaultCase, FaultLab } from './fault-lab.ts';

type Provider = 'payments' | 'shipping';
const SECRETS = { payments: 'PAYMENT_WEBHOOK_SECRET', shipping: 'CARRIER_WEBHOOK_SECRET' } as const;
const DAY_MS = 24 * 60 * 60 * 1000;

interface Webhook {
  readonly id: string;
  readonly type: string;
  readonly createdAt: string;
  readonly data: Readonly<Record<string, unknown>>;
}

async function setMode(lab: FaultLab, mode: Readonly<Record<string, unknown>>): Promise<void> {
  for (const provider of ['payments', 'carrier'] as const)
    await lab.shop.control(provider, 'PUT', 'webhooks', mode);
}

async function duplicated(lab: FaultLab, random: Seeded): Promise<void> {
  await setMode(lab, { mode: 'duplicate', copies: random.integer(2, 5) });
  await lab.customers.shopFor(10);
  await lab.customers.untilAllEnded();
}

async function shuffled(lab: FaultLab, random: Seeded): Promise<void> {
  await setMode(lab, { mode: 'shuffle', windowMs: random.integer(500, 6_000) });
  await lab.customers.shopFor(10);
  await lab.customers.untilAllEnded();
}

/** What the payment provider tells is held back until all is over; what the carrier tells comes late. */
async function late(lab: FaultLab, random: Seeded): Promise<void> {
  await setMode(lab, { mode: 'hold' });
  await lab.customers.shopFor(8);
  await delay(random.integer(2_000, 4_000));
  await lab.shop.control('carrier', 'PUT', 'webhooks', { mode: 'duplicate', copies: 3 });
  await lab.shop.control('carrier', 'POST', 'webhooks/release', {});
  await lab.customers.untilAllEnded();
  await lab.shop.control('payments', 'POST', 'webhooks/release', {});
}

function webhookOf(orderId: string, name: string, changes: Readonly<Record<string, unknown>> = {}): Webhook {
  return {
    id: `evt_${name}_${orderId}`,
    type: 'payment.operation.succeeded',
    createdAt: new Date(Date.now() - 3 * DAY_MS).toISOString(),
    data: {
      operationKey: paymentOperationKey(orderId, 'authorize'),
      kind: 'authorize',
      orderId,
      amountMinor: 370,
      currency: 'GBP',
      status: 'succeeded',
      ...changes,
    },
  };
}

async function post(
  lab: FaultLab,
  provider: Provider,
  webhook: Webhook,
  signature: (body: string) => string | null,
): Promise<number> {
  const body = JSON.stringify(webhook);
  const signed = signature(body);
  const response = await fetch(`${lab.shop.apiUrls[0]}/v1/webhooks/${provider}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(signed === null ? {} : { [WEBHOOK_SIGNATURE_HEADER]: signed }),
    },
    body,
  });
  await response.arrayBuffer();
  return response.status;
}

/** Signed with the right secret, so many seconds from now. */
function rightly(lab: FaultLab, provider: Provider, offsetSeconds = 0): (body: string) => string {
  const secret = lab.shop.addresses.env[SECRETS[provider]] ?? '';
  return (body) => signWebhook(secret, Math.floor(Date.now() / 1000) + offsetSeconds, body);
}

function must(actual: unknown, expected: unknown, what: string): void {
  if (actual !== expected) throw new Error(`${what}: ${String(actual)} instead of ${String(expected)}`);
}

/** It tells of an order that nobody has written down yet. */
async function beforeTheOrder(lab: FaultLab): Promise<void> {
  await lab.customers.shelf();
  await Promise.all(
    [1, 2, 3].map(() =>
      lab.customers.buy({
        before: async (orderId) =>
          must(
            await post(lab, 'payments', webhookOf(orderId, 'early'), rightly(lab, 'payments')),
            200,
            'An early webhook',
          ),
      }),
    ),
  );
}

/** Forged, unsigned, stale, from the future, signed for another body or with the other provider's secret: none is kept. */
async function forged(lab: FaultLab, random: Seeded): Promise<void> {
  const { orderId } = await lab.customers.buy();
  const staleSeconds = random.integer(310, 86_400);
  const signatures: Readonly<Record<string, (body: string) => string | null>> = {
    unsigned: () => null,
    garbage: () => 't=1,v1=zz',
    'another secret': (body) => signWebhook('not-the-secret-of-anybody', Math.floor(Date.now() / 1000), body),
    'the other provider': rightly(lab, 'shipping'),
    stale: rightly(lab, 'payments', -staleSeconds),
    'from the future': rightly(lab, 'payments', staleSeconds),
    'another body': (body) => rightly(lab, 'payments')(`${body} `),
  };
  for (const [name, signature] of Object.entries(signatures))
    must(
      await post(lab, 'payments', webhookOf(orderId, 'forged'), signature),
      401,
      `A webhook that is wrong (${name})`,
    );
  const [row] = await lab.shop.database.query<{ count: number }>(
    'faults.forged',
    sql`SELECT count(*) AS count FROM webhook_inbox WHERE message_id = ${`evt_forged_${orderId}`}`,
  );
  must(row?.count, 0, 'Webhooks kept that are forged');
}

/** Signed and wrong: what it says of money is never taken over, because the provider itself is asked. */
async function wrongContent(lab: FaultLab, random: Seeded): Promise<void> {
  await lab.customers.shelf();
  const { orderId } = await lab.customers.buy({
    token: 'tok_error_before',
    before: (id) =>
      Promise.all([
        post(lab, 'payments', webhookOf(id, 'amount', { amountMinor: 999_999 }), rightly(lab, 'payments')),
        post(lab, 'payments', webhookOf(id, 'currency', { currency: 'JPY' }), rightly(lab, 'payments')),
        post(lab, 'payments', webhookOf(id, 'declined', { status: 'declined' }), rightly(lab, 'payments')),
      ]),
  });
  for (const kind of ['capture', 'refund', 'void'])
    await post(
      lab,
      'payments',
      webhookOf(orderId, kind, {
        kind,
        operationKey: `${orderId}:${kind}:${random.integer(1, 3)}`,
        amountMinor: 5,
      }),
      rightly(lab, 'payments'),
    );
}

/** About an order that never was. It is kept for a day, and holds nothing up. */
async function unknownOrder(lab: FaultLab, random: Seeded): Promise<void> {
  const orderId = lab.shop.orderIdOf(`nobody-${random.integer(0, 1_000_000)}`);
  const status = await post(lab, 'payments', webhookOf(orderId, 'unknown'), rightly(lab, 'payments'));
  must(status, 200, 'A webhook about nobody');
  await lab.customers.shopFor(4);
  await lab.shop.database.query(
    'faults.forgetUnknown',
    sql`DELETE FROM webhook_inbox WHERE order_id = ${orderId}`,
  );
}

export const WEBHOOK_FAULTS: readonly FaultCase[] = [
  { fault: 'F9', name: 'webhooks-duplicated', run: duplicated },
  { fault: 'F9', name: 'webhooks-shuffled', run: shuffled },
  { fault: 'F9', name: 'webhooks-late', run: late },
  { fault: 'F9', name: 'webhooks-before-the-order', run: beforeTheOrder },
  { fault: 'F9', name: 'webhooks-forged', run: forged },
  { fault: 'F9', name: 'webhooks-with-wrong-content', run: wrongContent },
  { fault: 'F9', name: 'webhooks-about-nobody', run: unknownOrder },
];
