/** Where the time of an order goes: by program, by thread, by package, and by statement. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { say } from '../../tests/chaos/support/campaign-program.ts';
import type { ReportSection } from '../../tests/chaos/support/report.ts';
import { BenchShop } from '../support/bench-shop.ts';
import { startEngineForRun } from '../support/engine.ts';
import { measure } from '../support/measure.ts';
import { selfTimeByPlace, timeByThread, type Shares } from '../support/processor-profile.ts';
import type { Scenario } from './scenario.ts';

const RAMP_MS = 8_000;
const PROGRAMS = ['api', 'order-worker-1', 'relay', 'projections'];
const MOST_ROWS = 14;

interface StatementRow {
  readonly calls: number;
  readonly planMs: number;
  readonly execMs: number;
  readonly text: string;
}

export const profileScenario: Scenario = {
  name: 'profile',
  question: 'Where does the time of an order go, by program, thread, package and statement?',
  defaults: { rounds: 1, seconds: 30, inFlight: 40 },
  async run({ seconds, inFlight }, { stopAtEnd }) {
    const profileDirectory = mkdtempSync(join(tmpdir(), 'order-saga-profile-'));
    stopAtEnd(async () => rmSync(profileDirectory, { recursive: true, force: true }));
    const { engine } = await startEngineForRun(say, stopAtEnd);
    const postgresSettings = { 'pg_stat_statements.track_planning': 'on' };
    const shop = await BenchShop.start({ engine, profileDirectory, postgresSettings });
    const stop = stopAtEnd(() => shop.stop());
    const options = { inFlight, rampMs: RAMP_MS, temporalAddress: engine.address };
    // Plans and caches are warm before it counts.
    await measure(shop.subject('order'), { ...options, measuredMs: 5_000 });
    await resetStatements(shop);
    const threadsBefore = threadsOf(shop);
    const measured = await measure(shop.subject('order'), { ...options, measuredMs: seconds * 1000 });
    const threadsAfter = threadsOf(shop);
    const statements = await readStatements(shop);
    const orders = shop.placed;
    await stop();
    const profiles = PROGRAMS.filter((name) => existsSync(join(profileDirectory, name))).map(
      (name) => [name, selfTimeByPlace(join(profileDirectory, name))] as const,
    );
    say(`${measured.perSecond.toFixed(1)} orders a second`);
    return {
      data: { measured, statements, profiles: profiles.map(([name, shares]) => [name, [...shares]]) },
      sections: [
        programsSection(measured.processorMsByProgram ?? {}),
        threadsSection(threadsBefore, threadsAfter, measured.done),
        ...profiles.map(([name, shares]) => placesSection(name, shares, orders)),
        statementsSection(statements, measured.done),
      ],
    };
  },
};

function programsSection(times: Readonly<Record<string, number>>): ReportSection {
  return {
    heading: 'By program',
    table: {
      columns: ['program', 'processor ms an order'],
      rows: Object.entries(times).map(([name, ms]) => [name, ms.toFixed(1)]),
    },
  };
}

function threadsOf(shop: BenchShop): ReadonlyMap<string, Shares> {
  return new Map(PROGRAMS.map((name) => [name, timeByThread(shop.lab.pidOf(name))]));
}

function threadsSection(
  before: ReadonlyMap<string, Shares>,
  after: ReadonlyMap<string, Shares>,
  orders: number,
): ReportSection {
  const rows = [...after].flatMap(([program, shares]) =>
    [...shares]
      .map(
        ([thread, ms]) => [program, thread, (ms - (before.get(program)?.get(thread) ?? 0)) / orders] as const,
      )
      .filter(([, , ms]) => ms >= 0.1)
      .map(([name, thread, ms]) => [name, thread, ms.toFixed(1)]),
  );
  return { heading: 'By thread', table: { columns: ['program', 'thread', 'processor ms an order'], rows } };
}

function placesSection(program: string, shares: Shares, orders: number): ReportSection {
  const busy = [...shares].filter(([place]) => place !== '(idle)').toSorted(([, a], [, b]) => b - a);
  return {
    heading: `By package: ${program}`,
    text: 'Self time, over the whole life of the program, of which the start is a part.',
    table: {
      columns: ['where', 'ms an order'],
      rows: busy.slice(0, MOST_ROWS).map(([place, ms]) => [place, (ms / orders).toFixed(2)]),
    },
  };
}

function statementsSection(statements: readonly StatementRow[], orders: number): ReportSection {
  const sum = (of: (row: StatementRow) => number): number =>
    statements.reduce((all, row) => all + of(row), 0);
  const line = (calls: number, planMs: number, execMs: number, text: string): string[] => [
    (calls / orders).toFixed(2),
    (planMs / orders).toFixed(2),
    (execMs / orders).toFixed(2),
    text,
  ];
  return {
    heading: 'By statement',
    table: {
      columns: ['calls an order', 'planning ms', 'execution ms', 'statement'],
      rows: [
        line(
          sum((row) => row.calls),
          sum((row) => row.planMs),
          sum((row) => row.execMs),
          'all',
        ),
        ...statements.slice(0, 30).map((row) => line(row.calls, row.planMs, row.execMs, row.text)),
      ],
    },
  };
}

async function withDatabase<Result>(
  shop: BenchShop,
  work: (sql: postgres.Sql) => Promise<Result>,
): Promise<Result> {
  const sql = postgres(shop.lab.addresses.databaseUrl, { max: 1, onnotice: () => undefined });
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}

async function resetStatements(shop: BenchShop): Promise<void> {
  await withDatabase(shop, (sql) => sql`SELECT pg_stat_statements_reset()`);
}

function readStatements(shop: BenchShop): Promise<readonly StatementRow[]> {
  return withDatabase(
    shop,
    (sql) => sql<StatementRow[]>`
      SELECT calls::float8 AS calls, total_plan_time AS "planMs", total_exec_time AS "execMs",
        left(regexp_replace(query, '\\s+', ' ', 'g'), 90) AS text
      FROM pg_stat_statements WHERE toplevel AND query NOT LIKE '%order_summaries AS summary%'
      ORDER BY total_plan_time + total_exec_time DESC`,
  );
}
