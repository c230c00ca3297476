/** The programs that an order needs besides its worker, each on ports and with a store of its own. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Client } from '@temporalio/client';
import {
  PAYMENT_SETTLED_SIGNAL,
  REFUND_FAILED_SIGNAL,
  SHIPMENT_MOVED_SIGNAL,
} from '../../../src/workflows/orders/process-order.contract.ts';
import { createOrderAmender } from '../../../src/workers/inbox-signaller.ts';
import { createDatabase, stack } from '../../support/stack.ts';
import {
  API_KEY,
  startCarrier,
  startMailSink,
  startPaymentProvider,
  type Program,
} from '../simulators/programs.ts';

export interface LabPrograms {
  readonly payments: Program;
  readonly carrier: Program;
  readonly mail: Program;
  /** Where both providers send their webhooks. */
  readonly webhooks: Server;
  readonly databaseUrl: string;
  readonly taskQueue: string;
  /** What the order worker needs to know. */
  readonly workerEnv: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export async function startLabPrograms(workerEnv: Readonly<Record<string, string>>): Promise<LabPrograms> {
  const { temporalAddress, codecKeys } = stack();
  const webhooks = createServer().listen(0, '127.0.0.1');
  await once(webhooks, 'listening');
  const hooks = { WEBHOOK_URL: `http://127.0.0.1:${(webhooks.address() as AddressInfo).port}/` };
  const [database, payments, carrier, mail] = await Promise.all([
    createDatabase(),
    startPaymentProvider(hooks),
    startCarrier(hooks),
    startMailSink(),
  ]);
  const taskQueue = `workflow-${randomBytes(6).toString('hex')}`;
  return {
    payments,
    carrier,
    mail,
    webhooks,
    databaseUrl: database.url,
    taskQueue,
    workerEnv: {
      LOG_LEVEL: 'info',
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: temporalAddress,
      TEMPORAL_TASK_QUEUE: taskQueue,
      TEMPORAL_CODEC_KEYS: codecKeys,
      PAYMENT_PROVIDER_URL: payments.url,
      PAYMENT_PROVIDER_API_KEY: API_KEY,
      CARRIER_URL: carrier.url,
      CARRIER_API_KEY: API_KEY,
      PROVIDER_TIMEOUT_MS: '1500',
      FRAUD_DIGEST_KEY: 'digest-key-of-the-lab-'.repeat(2),
      SMTP_URL: `smtp://127.0.0.1:${mail.smtpPort}`,
      MAIL_LOOKUP_URL: mail.url,
      ...workerEnv,
    },
    stop: async () => {
      webhooks.close();
      webhooks.closeAllConnections();
      await Promise.all([payments.dispose(), carrier.dispose(), mail.dispose()]);
      await database.drop();
    },
  };
}

/** Makes signals of webhooks, which the HTTP service and the relay do in a whole stack. */
export function handOnWebhooks(webhooks: Server, client: Client, taskQueue: string): void {
  const amendOrder = createOrderAmender(client, taskQueue, 10_000);
  webhooks.on('request', (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { id, data } = JSON.parse(Buffer.concat(chunks).toString()) as {
        id: string;
        data: { orderId: string; shipmentId?: string; status: string; operationKey?: string };
      };
      const handle = client.workflow.getHandle(data.orderId);
      const payload = { operationKey: data.operationKey ?? '', messageId: id };
      const signalled =
        data.shipmentId !== undefined
          ? handle.signal(SHIPMENT_MOVED_SIGNAL, { ...data, messageId: id })
          : data.status === 'failed'
            ? amendOrder(data.orderId, { name: REFUND_FAILED_SIGNAL, payload })
            : handle.signal(PAYMENT_SETTLED_SIGNAL, payload);
      // A workflow that has closed wants no more messages.
      signalled.catch(() => undefined).finally(() => response.writeHead(200).end());
    });
  });
}
