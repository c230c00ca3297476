import type { Request, Response } from 'express';
import { createSession } from 'better-sse';
import { z } from 'zod';
import { defineEndpoint, type Endpoint } from '../../http/endpoint.ts';
import { queryInteger } from '../../http/fields.ts';
import type { ApiMetrics } from '../../http/metrics.ts';
import { createNowWatch, type NowWatch } from './now-watch.ts';

/** What a browser waits before it connects again after a loss, milliseconds. */
const RECONNECT_MS = 3_000;
const KEEP_ALIVE_MS = 15_000;
const MAX_EVENTS = 1_000_000;
const TROUBLE = 'The database does not answer at the moment; what was seen last is old.';

export function streamNowEndpoint({ requestDuration }: Pick<ApiMetrics, 'requestDuration'>): Endpoint {
  let watch: NowWatch | undefined;
  return defineEndpoint({
    method: 'get',
    path: '/v1/ops/now/stream',
    operationId: 'streamNow',
    tag: 'Operations',
    summary: 'Follow how the service is at this moment, as server-sent events',
    description:
      'An event `now` a second. `points`: orders placed in each second since the event before, the first event has five minutes of ' +
      'them; with the median and the 95th percentile of how long this process took for requests, milliseconds. `inFlight`: orders ' +
      'that are not at their end, by status; `attention`: those that need a person; `outbox`: events that wait to be published. ' +
      '`readModel`: how many of the newest hundred orders it lags behind by more than five seconds. ' +
      '`steps`: what the newest 200 orders asked of other companies, with how long answers took and what waits for one. ' +
      '`workers`: order workers that ask for work and the tasks that wait for them, null when Temporal does not say. ' +
      'Counts end at 1000, which means so many or more. An event `unavailable` says that nothing could be seen this time.',
    permission: 'now:read',
    query: z.strictObject({
      events: queryInteger({ min: 1, max: MAX_EVENTS })
        .optional()
        .meta({ description: 'After so many events the stream ends; for programs.' }),
    }),
    answers: { 200: { description: 'The events', contentType: 'text/event-stream' } },
    handle: async ({ query }, dependencies) => {
      watch ??= createNowWatch(dependencies, requestDuration);
      const shared = watch;
      return {
        httpStatus: 200,
        headers: { 'content-type': 'text/event-stream' },
        stream: (request, response) => streamNow(shared, query.events ?? MAX_EVENTS, request, response),
      };
    },
  });
}

/** Resolves when the caller has gone, has enough, or the service stops. */
async function streamNow(
  watch: NowWatch,
  wanted: number,
  request: Request,
  response: Response,
): Promise<void> {
  const session = await createSession(request, response, { retry: RECONNECT_MS, keepAlive: KEEP_ALIVE_MS });
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  session.once('disconnected', end);
  if (!session.isConnected) end();
  let told = 0;
  const stop = watch.follow({
    onNow: (now) => {
      if (!session.isConnected || told >= wanted) return;
      session.push(now, 'now');
      told += 1;
      if (told >= wanted) end();
    },
    onTrouble: () => {
      if (session.isConnected) session.push({ detail: TROUBLE }, 'unavailable');
    },
    onStop: end,
  });
  await ended.finally(stop);
  if (session.isConnected) response.end();
}
