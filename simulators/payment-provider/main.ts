/** A card payment provider to develop and test against: see simulators/README.md. */
import { z } from 'zod';
import { createLogger } from '../../src/config/logger.ts';
import { runProcess } from '../../src/config/run-process.ts';
import { controlRoutes, pageQuery } from '../shared/control.ts';
import { providerShape, readSimulatorEnvironment } from '../shared/environment.ts';
import { addErrorHandling, ApiError, closeServer, createApp, listen, requireApiKey } from '../shared/http.ts';
import {
  createOperationHandlers,
  createReadHandler,
  refuseInProgress,
} from '../shared/operation-endpoint.ts';
import { openProvider } from '../shared/provider.ts';
import { CAPTURE_WINDOW_SCHEMA, captureWindowBody, createCaptureWindows } from './capture-windows.ts';
import {
  authorizeBody,
  captureBody,
  createPayments,
  failRefundBody,
  refundBody,
  toWire,
  voidBody,
} from './payments.ts';
import { createSilence, SILENCE_SCHEMA } from './silence.ts';
import { isUnreachable, takeTokenFault, TOKEN_SCHEMA } from './tokens.ts';

const SEVEN_DAYS_MS = 7 * 24 * 60 * 60 * 1000;

const environment = readSimulatorEnvironment('the payment provider simulator', {
  ...providerShape(4010),
  CAPTURE_WINDOW_MS: z.coerce.number().int().positive().default(SEVEN_DAYS_MS),
});
const logger = createLogger('payment-provider', environment.LOG_LEVEL);

function openPaymentProvider() {
  const provider = openProvider(environment, logger, TOKEN_SCHEMA + SILENCE_SCHEMA + CAPTURE_WINDOW_SCHEMA);
  const { store, operations, keys, webhooks } = provider;
  const silence = createSilence(store);
  const tools = { ...provider, silence };
  const windows = createCaptureWindows(store, environment.CAPTURE_WINDOW_MS);
  const payments = createPayments(operations, webhooks, windows);
  const handle = createOperationHandlers(tools);

  const app = createApp();
  app.put('/control/capture-window', (request, response) => {
    const window = captureWindowBody.parse(request.body);
    windows.set(window);
    response.json(window);
  });
  app.post('/control/refunds/fail', (request, response) => {
    const body = failRefundBody.parse(request.body);
    const failed = store.atomically(() => payments.failRefund(body));
    if (failed === null) throw new ApiError(404, 'refund_not_found', 'No successful refund has this key');
    webhooks.wake();
    response.json(failed);
  });
  app.use('/control', controlRoutes(tools, ['authorize', 'capture', 'void', 'refund']));
  app.use('/v1', requireApiKey(environment.API_KEY));
  app.post(
    '/v1/authorizations',
    handle({
      operation: 'authorize',
      body: authorizeBody,
      ownFault: ({ paymentToken, orderId }) => {
        if (isUnreachable(paymentToken)) silence.begin(orderId);
        return takeTokenFault(store, paymentToken, orderId);
      },
      perform: payments.authorize,
    }),
  );
  app.post('/v1/captures', handle({ operation: 'capture', body: captureBody, perform: payments.capture }));
  app.post('/v1/voids', handle({ operation: 'void', body: voidBody, perform: payments.void }));
  app.post('/v1/refunds', handle({ operation: 'refund', body: refundBody, perform: payments.refund }));

  const keyParameter = z.object({ key: z.string() });
  app.get(
    '/v1/operations/by-key/:key',
    createReadHandler(
      tools,
      'lookup',
      (request) => keys.orderOf(keyParameter.parse(request.params).key),
      (request) => {
        const { key } = keyParameter.parse(request.params);
        refuseInProgress(tools.inProgress, key);
        const found = operations.byKey(key);
        if (!found) throw new ApiError(404, 'operation_not_found', 'No operation has this key');
        return toWire(found);
      },
    ),
  );
  app.get(
    '/v1/operations',
    createReadHandler(
      tools,
      'list',
      () => null,
      (request) => {
        const { cursor, limit } = pageQuery.parse(request.query);
        const page = operations.page(cursor ?? 0, limit);
        return { ...page, items: page.items.map(toWire) };
      },
    ),
  );
  addErrorHandling(app, logger);
  return { app, store, webhooks };
}

await runProcess({
  name: 'payment-provider',
  logger,
  start: async () => {
    const { app, store, webhooks } = openPaymentProvider();
    const server = await listen(app, environment.HOST, environment.PORT);
    webhooks.wake();
    return {
      isReady: async () => true,
      stop: async () => {
        await Promise.all([closeServer(server), webhooks.stop()]);
        store.close();
      },
    };
  },
});
