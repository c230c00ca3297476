/** A carrier to develop and test against: see simulators/README.md. */
import { buffer } from 'node:stream/consumers';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { createLogger } from '../../src/config/logger.ts';
import { runProcess } from '../../src/config/run-process.ts';
import { controlRoutes, pageQuery } from '../shared/control.ts';
import { providerShape, readSimulatorEnvironment } from '../shared/environment.ts';
import {
  addErrorHandling,
  ApiError,
  carriesApiKey,
  closeServer,
  createApp,
  isSameSecret,
  listen,
  requireApiKey,
} from '../shared/http.ts';
import {
  createOperationHandlers,
  createReadHandler,
  NEVER_SILENT,
  refuseInProgress,
} from '../shared/operation-endpoint.ts';
import { openProvider } from '../shared/provider.ts';
import { bookBody, BOOKING_SCHEMA, cancelBody, createBookings, type Bookings } from './bookings.ts';
import { drawLabel } from './label.ts';
import { createTimeline, speedSchema, TIMELINE_SCHEMA } from './timeline.ts';

const environment = readSimulatorEnvironment('the carrier simulator', {
  ...providerShape(4020),
  PUBLIC_URL: z.url().optional(),
});
const logger = createLogger('carrier', environment.LOG_LEVEL);
const publicUrl = environment.PUBLIC_URL ?? `http://${environment.HOST}:${environment.PORT}`;

function openCarrier() {
  const provider = openProvider(environment, logger, BOOKING_SCHEMA + TIMELINE_SCHEMA);
  const { store, operations, keys, webhooks } = provider;
  const tools = { ...provider, silence: NEVER_SILENT };
  const bookings = createBookings(store, operations, { publicUrl, labelSecret: environment.API_KEY });
  const timeline = createTimeline(store, webhooks);
  const handle = createOperationHandlers(tools);

  const app = createApp();
  app.put('/control/speed', (request, response) => {
    timeline.setSpeed(speedSchema.parse(request.body));
    response.json(timeline.speed());
  });
  app.get('/control/speed', (_request, response) => {
    response.json(timeline.speed());
  });
  app.use('/control', controlRoutes(tools, ['book', 'cancel']));
  app.get('/v1/labels/:file', labelHandler(bookings));
  app.use('/v1', requireApiKey(environment.API_KEY));
  app.post(
    '/v1/bookings',
    handle({
      operation: 'book',
      body: bookBody,
      perform: (request) => {
        const booking = bookings.book(request);
        timeline.plan(request.key);
        return booking;
      },
      afterwards: () => timeline.wake(),
    }),
  );
  app.post(
    '/v1/cancellations',
    handle({
      operation: 'cancel',
      body: cancelBody,
      perform: (request) => {
        const booking = bookings.cancel(request);
        timeline.plan(request.body.bookingKey);
        return booking;
      },
    }),
  );
  const keyParameter = z.object({ key: z.string() });
  app.get(
    '/v1/bookings/by-key/:key',
    createReadHandler(
      tools,
      'lookup',
      (request) => keys.orderOf(keyParameter.parse(request.params).key),
      (request) => {
        const { key } = keyParameter.parse(request.params);
        refuseInProgress(tools.inProgress, key);
        const found = bookings.byKey(key);
        if (!found) throw new ApiError(404, 'booking_not_found', 'No booking has this key');
        return found;
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
        return {
          ...page,
          items: page.items.map(({ detail, amountMinor: _amount, currency: _currency, ...operation }) => ({
            ...operation,
            ...detail,
          })),
        };
      },
    ),
  );
  addErrorHandling(app, logger);
  return { app, store, webhooks, timeline };
}

/** The label as a PDF, for who has the API key or the token of this label. */
function labelHandler(bookings: Bookings): RequestHandler {
  return async (request, response) => {
    const { file } = z.object({ file: z.string().regex(/^[A-Z0-9]{1,32}\.pdf$/) }).parse(request.params);
    const trackingNumber = file.replace('.pdf', '');
    const { token } = z.object({ token: z.string().optional() }).parse(request.query);
    const hasToken = isSameSecret(token ?? '', bookings.labelToken(trackingNumber));
    if (!hasToken && !carriesApiKey(request.headers.authorization, environment.API_KEY))
      throw new ApiError(401, 'unauthenticated', 'Send the API key, or use the labelUrl of the booking');
    const booking = bookings.byTrackingNumber(trackingNumber);
    if (!booking) throw new ApiError(404, 'booking_not_found', 'No booking has this tracking number');
    response.type('application/pdf').setHeader('content-disposition', `inline; filename="${file}"`);
    response.send(await buffer(drawLabel(booking)));
  };
}

await runProcess({
  name: 'carrier',
  logger,
  start: async () => {
    const { app, store, webhooks, timeline } = openCarrier();
    const server = await listen(app, environment.HOST, environment.PORT);
    timeline.wake();
    webhooks.wake();
    return {
      isReady: async () => true,
      stop: async () => {
        timeline.stop();
        await Promise.all([closeServer(server), webhooks.stop()]);
        store.close();
      },
    };
  },
});
