/**
 * The Temporal server as it runs in production, and the tool that keeps its schema. They are not published for download,
 * so they are built with Go.
 */
import { join } from 'node:path';
import { buildGoPrograms, findGo } from './build.ts';
import { kept, type Report } from './cache.ts';

/** As in embedded/temporal-server/go.mod. */
const TEMPORAL_SERVER_VERSION = '1.31.2';
const MODULE = 'go.temporal.io/server/cmd';

export interface ServerPrograms {
  readonly server: string;
  readonly schemaTool: string;
}

/** @throws Error that says what to do when there is no Go to build them with */
export async function findServerPrograms(report: Report, signal: AbortSignal): Promise<ServerPrograms> {
  const directory = await kept(
    {
      name: `temporal-server-${TEMPORAL_SERVER_VERSION}`,
      files: ['server', 'sql'],
      make: async (made) => {
        const go = await findGo();
        if (go === null)
          throw new Error(
            'The Temporal server for PostgreSQL is built with Go, which is not on this machine: https://go.dev/doc/install (any version from 1.21 gets the one it needs).',
          );
        const programs = {
          what: 'the Temporal server for PostgreSQL',
          packages: [`${MODULE}/server`, `${MODULE}/tools/sql`],
          // As its own Makefile does: leaves out the gRPC parts of a storage library that it does not use.
          tags: ['disable_grpc_modules'],
          packagesInAll: 1_500,
        };
        await buildGoPrograms(go, programs, made, report, signal);
      },
    },
    report,
    signal,
  );
  return { server: join(directory, 'server'), schemaTool: join(directory, 'sql') };
}
