/** The engine alone: a Temporal server on a PostgreSQL of its own, as in production, shared by all that is compared. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startParts, type StartedParts } from '../../embedded/part.ts';
import type { ProcessHost } from '../../embedded/managed-process.ts';
import { findFreePorts } from '../../embedded/ports.ts';
import { postgresPart } from '../../embedded/postgres/postgres.part.ts';
import { temporalOnPostgresqlPart } from '../../embedded/temporal/temporal-on-postgresql.part.ts';
import type { Course } from '../../tests/chaos/support/campaign-program.ts';
import { makeStackDirectory } from '../../tests/support/running-stack.ts';
import type { RunningProgram } from './subject.ts';

export interface Engine {
  readonly address: string;
  readonly databaseUrl: string;
  readonly programs: () => readonly RunningProgram[];
  readonly stop: () => Promise<void>;
}

const DATABASE_PROGRAM = 'temporal-postgres';
const SERVER_PROGRAM = 'temporal';

/** @param directory of the whole run; reachable by the user who runs PostgreSQL */
async function startEngine(
  directory: string,
  host: ProcessHost,
  say: (text: string) => void,
): Promise<Engine> {
  const [databasePort = 0, port = 0] = await findFreePorts(2);
  const parts: StartedParts = await startParts(
    [
      postgresPart({
        port: databasePort,
        dataDirectory: join(directory, 'temporal-postgres'),
        password: 'engine-of-a-benchmark',
        durable: true,
        processName: DATABASE_PROGRAM,
        host,
      }),
      temporalOnPostgresqlPart({ port, directory: join(directory, 'temporal-server'), host }),
    ],
    (part, message) => say(`${part}: ${message}`),
  );
  const program = (name: string, hasChildren: boolean): RunningProgram => ({
    name,
    pid: pidOf(host, name),
    role: 'engine',
    hasChildren,
  });
  return {
    address: parts.env['TEMPORAL_ADDRESS'] ?? '',
    databaseUrl: (parts.env['DATABASE_URL'] ?? '').replace(/[^/]+$/, 'temporal'),
    programs: () => [program(SERVER_PROGRAM, false), program(DATABASE_PROGRAM, true)],
    stop: () => parts.stop(),
  };
}

/** An engine in a directory of its own, which is gone at the end of the run; it can be stopped earlier. */
export async function startEngineForRun(
  say: (text: string) => void,
  stopAtEnd: Course['stopAtEnd'],
): Promise<{ readonly engine: Engine; readonly host: ProcessHost }> {
  const directory = await makeStackDirectory();
  stopAtEnd(async () => rmSync(directory, { recursive: true, force: true }));
  const host: ProcessHost = {
    logDirectory: join(directory, 'logs'),
    runDirectory: join(directory, 'run'),
    onIncident: (name, what) => say(`${name} ${what}`),
    hurry: new AbortController().signal,
  };
  const engine = await startEngine(directory, host, say);
  return { engine: { ...engine, stop: stopAtEnd(engine.stop) }, host };
}

function pidOf(host: ProcessHost, name: string): number {
  const text = readFileSync(join(host.runDirectory, `${name}.json`), 'utf8');
  return (JSON.parse(text) as { pid: number }).pid;
}
