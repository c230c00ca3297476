/**
 * The same order on DBOS, as somebody would build it there: our steps, our tables, our events, another engine. What it
 * leaves out against ours: the undo of steps, attention, cancellation, refunds, sign-in and the stored answers.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { DBOS } from '@dbos-inc/dbos-sdk';
import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { createDatabase } from '../../db/client.ts';
import type { PlacedOrder } from '../../db/repositories/orders.repository.ts';
import { createRepositories } from '../../db/repositories/index.ts';
import { reserveStock } from '../../src/activities/inventory/reserve-stock.activity.ts';
import { notifyCustomer } from '../../src/activities/notifications/notify-customer.activity.ts';
import { authorizePayment } from '../../src/activities/payments/authorize-payment.activity.ts';
import { capturePayment } from '../../src/activities/payments/capture-payment.activity.ts';
import type { ActivityDependencies } from '../../src/activities/shared/dependencies.ts';
import { bookShipments } from '../../src/activities/shipping/book-shipments.activity.ts';
import { deriveId } from '../../src/api/http/derived-id.ts';
import { placeOrderBody } from '../../src/api/orders/place-order.schema.ts';
import { priceLines } from '../../src/api/orders/price-lines.ts';
import { readEnvironment } from '../../src/config/env.ts';
import { createLogger } from '../../src/config/logger.ts';
import { runProcess } from '../../src/config/run-process.ts';
import { startTracing } from '../../src/config/tracing.ts';
import { eventId } from '../../src/domain/ids.ts';
import { composeOrderWorker } from '../../src/workers/compose.ts';

const CONFIRMED = 'confirmed';
/** Who places orders in a benchmark; ids of orders follow from it. */
const PRINCIPAL = 'key:demo-operator';
const CONFIRMATION_DEADLINE_SECONDS = 30;

/** Our steps ask whether they were given up; here nobody gives them up. */
const NEVER_GIVEN_UP = { cancellationSignal: new AbortController().signal } as Context;

const logger = createLogger('dbos', 'warn');

await runProcess({
  name: 'dbos',
  logger,
  health: undefined,
  start: async () => {
    const environment = readEnvironment('orderWorker');
    let deps: ActivityDependencies | undefined;
    const parts = composeOrderWorker(
      environment,
      await startTracing('dbos', undefined),
      (made) => (deps = made),
    );
    if (deps === undefined) throw new Error('Nothing was composed');
    const processOrder = registerOrder(deps);
    const doNothing = DBOS.registerWorkflow(nothing, { name: 'nothing' });
    DBOS.setConfig({
      name: 'order-saga-bench',
      systemDatabaseUrl: process.env['DBOS_DATABASE_URL'] ?? '',
      systemDatabasePoolSize: 20,
      logLevel: 'error',
    });
    await DBOS.launch();
    const database = createDatabase({ url: environment.DATABASE_URL });
    const repositories = createRepositories(database);
    const server = createServer((request, response) => {
      const answer = request.url === '/nothing' ? runNothing(doNothing) : placeOrder(request);
      answer.then(
        () => response.writeHead(201).end(),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
    const placeOrder = async (request: IncomingMessage): Promise<void> => {
      const body = placeOrderBody.parse(JSON.parse(await textOf(request)));
      const priced = await priceLines(body, repositories, { refuseShort: true });
      const orderId = deriveId('ord', PRINCIPAL, String(request.headers['idempotency-key']));
      const placed: Omit<PlacedOrder, 'cause'> = {
        orderId,
        workflowRunId: orderId,
        principalId: PRINCIPAL,
        fingerprint: orderId,
        customerId: body.customerId,
        currency: body.currency,
        totalMinor: priced.totalMinor,
        lines: priced.lines,
        paymentMethod: body.payment.method,
        shipTo: body.shipTo,
        contact: body.contact,
      };
      await DBOS.startWorkflow(processOrder, { workflowID: orderId })(placed, body.payment.token);
      const confirmed = await DBOS.getEvent(orderId, CONFIRMED, CONFIRMATION_DEADLINE_SECONDS);
      if (confirmed === null) throw new Error(`${orderId} was not confirmed`);
    };
    server.listen(Number(process.env['DBOS_PORT']), '127.0.0.1');
    await once(server, 'listening');
    return {
      isReady: async () => true,
      stop: async () => {
        server.closeAllConnections();
        server.close();
        await DBOS.shutdown();
        await database.close();
        await parts.close();
      },
    };
  },
});

function step<Result>(name: string, run: () => Promise<Result>): Promise<Result> {
  return DBOS.runStep(() => asyncLocalStorage.run(NEVER_GIVEN_UP, run), { name, retriesAllowed: true });
}

function registerOrder(deps: ActivityDependencies) {
  return DBOS.registerWorkflow(
    async (order: Omit<PlacedOrder, 'cause'>, paymentToken: string): Promise<void> => {
      const { orderId, totalMinor, currency } = order;
      const amount = { amountMinor: totalMinor, currency };
      const cause = (version: number) => ({
        correlationId: orderId,
        causationId: version === 0 ? orderId : eventId(orderId, version),
      });
      await step('reserve', () => reserveStock(deps, { ...order, cause: cause(0) }, false));
      const held = await step('authorize', () =>
        authorizePayment(deps, { orderId, cause: cause(1), amount, paymentToken, attempt: 1 }, false),
      );
      await DBOS.setEvent(CONFIRMED, true);
      const booked = await step('book', () =>
        bookShipments(deps, { orderId, cause: cause(held.version) }, false),
      );
      await step('capture', () =>
        capturePayment(deps, { orderId, cause: cause(booked.version), amount, attempt: 1 }, false),
      );
      await step('notify', () => notifyCustomer(deps, { orderId, template: 'confirmed', subjectId: '1' }));
    },
    { name: 'processOrder' },
  );
}

/** Four steps that do nothing. */
async function nothing(): Promise<void> {
  for (let number = 1; number <= 4; number += 1)
    await DBOS.runStep(async () => undefined, { name: `step ${number}` });
}

async function runNothing(workflow: () => Promise<void>): Promise<void> {
  await workflow();
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
