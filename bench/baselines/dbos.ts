/** The same order on DBOS, and four steps there that do nothing, as subjects. */
import { randomBytes } from 'node:crypto';
import { ManagedProcess, type ProcessHost } from '../../embedded/managed-process.ts';
import { nodeProgram } from '../../embedded/node-program.ts';
import { findFreePorts } from '../../embedded/ports.ts';
import type { BenchShop } from '../support/bench-shop.ts';
import type { Engine } from '../support/engine.ts';
import { HttpClient } from '../support/http-client.ts';
import type { RunningProgram, Subject } from '../support/subject.ts';

const PROGRAM = 'dbos';

export interface DbosBaselines {
  readonly order: Subject;
  readonly nothing: Subject;
  readonly stop: () => Promise<void>;
}

/** Uses the tables, events and providers of the shop; DBOS keeps its own in the PostgreSQL that the engine has. */
export async function startDbos(shop: BenchShop, engine: Engine, host: ProcessHost): Promise<DbosBaselines> {
  const [port = 0] = await findFreePorts(1);
  const databaseUrl = engine.databaseUrl.replace(/[^/]+$/, 'dbos');
  const env = { ...shop.lab.addresses.env, DBOS_PORT: String(port), DBOS_DATABASE_URL: databaseUrl };
  const program = await ManagedProcess.start(
    nodeProgram(PROGRAM, 'bench/baselines/dbos.main.ts', env, host),
    host,
  );
  const http = new HttpClient([`http://127.0.0.1:${port}`], '');
  const programs = (): RunningProgram[] => [
    { name: PROGRAM, pid: program.pid ?? 0, role: 'own' },
    ...shop.programs().filter(({ name }) => !/^(api|order-worker)/.test(name)),
    ...engine.programs(),
  ];
  const post = async (path: string, body: unknown, key: string): Promise<void> => {
    const { status, text } = await http.post(path, body, key);
    if (status !== 201) throw new Error(`DBOS answered ${status}: ${text}`);
  };
  return {
    order: {
      name: 'the same order on DBOS',
      run: async () => {
        const key = randomBytes(12).toString('hex');
        await post('/orders', shop.lab.orderBody(shop.twoLines()), key);
        await shop.watch.reached(shop.lab.orderIdOf(key));
      },
      programs,
      databases: { orders: shop.lab.addresses.databaseUrl, dbos: databaseUrl },
      recentWorkflowIds: () => [],
    },
    nothing: {
      name: 'four steps on DBOS',
      run: () => post('/nothing', {}, ''),
      programs,
      databases: { dbos: databaseUrl },
      recentWorkflowIds: () => [],
    },
    stop: async () => {
      http.close();
      await program.stop();
    },
  };
}
