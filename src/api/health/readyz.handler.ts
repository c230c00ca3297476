import { z } from 'zod';
import { CatalogueError } from '../../domain/errors.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { withinDeadline } from '../http/deadline.ts';
import { definePublicEndpoint } from '../http/endpoint.ts';
import { RETRY_AFTER_SECONDS } from '../http/errors.ts';

/** The Temporal client takes up to twice this time, because it finishes its pause between two tries. */
const CHECK_TIMEOUT_MS = 1_000;

export const readyzEndpoint = definePublicEndpoint({
  method: 'get',
  path: '/readyz',
  operationId: 'isReady',
  tag: 'Service',
  summary: 'Whether it can take orders now',
  answers: {
    200: {
      description: 'Database and Temporal answer',
      schema: z.strictObject({ database: z.literal('up'), temporal: z.literal('up') }),
    },
  },
  handle: async (_request, dependencies) => {
    const checks = await checkNeeds(dependencies);
    const stopping = dependencies.isStopping();
    if (checks.database === 'up' && checks.temporal === 'up' && !stopping)
      return { httpStatus: 200, body: checks };
    throw new CatalogueError('UNAVAILABLE', stopping ? 'It is stopping.' : 'Something it needs is away.', {
      extensions: checks,
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
  },
});

type Checks = Readonly<Record<'database' | 'temporal', 'up' | 'down'>>;

/** Asks both at once, each with a deadline; never rejects. */
export async function checkNeeds(
  dependencies: Pick<ApiDependencies, 'pingDatabase' | 'isTemporalReachable'>,
): Promise<Checks> {
  const [database, temporal] = await Promise.all([
    withinDeadline(CHECK_TIMEOUT_MS, 'The database', dependencies.pingDatabase()).then(
      () => true,
      () => false,
    ),
    // Never abandoned: a call that is still being repeated when the connection is closed would throw into nowhere.
    dependencies.isTemporalReachable(CHECK_TIMEOUT_MS),
  ]);
  return { database: database ? 'up' : 'down', temporal: temporal ? 'up' : 'down' };
}
