/** `npm run test:mutation`: changes the code that decides in small ways, and sees whether a test notices. */
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { PROJECT_DIRECTORY } from '../../embedded/node-program.ts';
import { runCampaign } from '../chaos/support/campaign-program.ts';
import { writeReport } from '../chaos/support/report.ts';

const REPORT = 'docs/reports/mutation.md';
/** Where stryker.config.mjs has the result written. */
const RESULT_FILE = 'coverage/mutation.json';
/** Below it the run fails, as in stryker.config.mjs. */
const LOWEST_SCORE = 80;

const HELP = `Usage: npm run test:mutation [-- options]

Mutation testing (Stryker) of the domain and of the saga helper: every change of the code that no test notices is shown.

  --only FILE    one file, for example src/domain/money.ts
  --report FILE  where to write the result; "none" for nowhere (default: ${REPORT} for all files, else none)
  --help         this text

Exit code: 0 at least ${LOWEST_SCORE} % were noticed, 1 fewer, 2 wrong use.
`;

const resultSchema = z.object({
  files: z.record(
    z.string(),
    z.object({
      mutants: z.array(
        z.object({
          mutatorName: z.string(),
          status: z.string(),
          replacement: z.string().optional(),
          location: z.object({ start: z.object({ line: z.number(), column: z.number() }) }),
        }),
      ),
    }),
  ),
});
type Mutant = z.output<typeof resultSchema>['files'][string]['mutants'][number];

const isNoticed = ({ status }: Mutant): boolean => status === 'Killed' || status === 'Timeout';
/** What could not be run, and what was left out on purpose, says nothing about the tests. */
const isCounted = ({ status }: Mutant): boolean =>
  ['Killed', 'Timeout', 'Survived', 'NoCoverage'].includes(status);

function scoreOf(mutants: readonly Mutant[]): number {
  return mutants.length === 0 ? 100 : (100 * mutants.filter(isNoticed).length) / mutants.length;
}

function runStryker(only: string | undefined, stopping: AbortSignal): Promise<void> {
  const child = spawn('stryker', ['run', ...(only === undefined ? [] : ['--mutate', only])], {
    cwd: PROJECT_DIRECTORY,
    env: { ...process.env, NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  stopping.addEventListener('abort', () => void child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    // It also ends so when too few were noticed, which is counted here.
    child.once('exit', (code, signal) =>
      signal === null && code !== null && code <= 1
        ? resolve()
        : reject(new Error(`stryker ended with ${signal ?? code}`)),
    );
  });
}

async function report(file: string, startedAt: Date): Promise<number> {
  const { files } = resultSchema.parse(
    JSON.parse(readFileSync(join(PROJECT_DIRECTORY, RESULT_FILE), 'utf8')),
  );
  const counted = Object.entries(files).map(([name, { mutants }]) => ({
    name,
    mutants: mutants.filter(isCounted),
  }));
  const all = counted.flatMap(({ mutants }) => mutants);
  const score = scoreOf(all);
  if (file === 'none') return score;
  await writeReport(file, {
    title: 'Mutation testing',
    summary: `${all.length} small changes of the code, of which the unit tests noticed ${all.filter(isNoticed).length}: ${score.toFixed(1)} %.`,
    command: 'npm run test:mutation',
    startedAt,
    sections: [
      {
        heading: 'By file',
        table: {
          columns: ['File', 'Changes', 'Noticed', 'Score, %'],
          rows: counted.map(({ name, mutants }) => [
            name,
            mutants.length,
            mutants.filter(isNoticed).length,
            scoreOf(mutants).toFixed(1),
          ]),
        },
      },
      {
        heading: 'What no test notices',
        table: {
          columns: ['Where', 'Change', 'Becomes'],
          rows: counted.flatMap(({ name, mutants }) =>
            mutants
              .filter((mutant) => !isNoticed(mutant))
              .map(({ location, mutatorName, replacement = '' }) => [
                `${name}:${location.start.line}`,
                mutatorName,
                `\`${replacement.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('`', "'").slice(0, 100)}\``,
              ]),
          ),
        },
      },
    ],
  });
  return score;
}

await runCampaign<{ readonly only: string | undefined; readonly report: string }>({
  help: HELP,
  flags: ['only', 'report'],
  read: ({ only, report }) => ({ only, report: report ?? (only === undefined ? REPORT : 'none') }),
  run: async (options, { stopping }) => {
    const startedAt = new Date();
    // So that the result of an earlier run is not taken for this one's.
    rmSync(join(PROJECT_DIRECTORY, RESULT_FILE), { force: true });
    await runStryker(options.only, stopping);
    return (await report(options.report, startedAt)) >= LOWEST_SCORE;
  },
});
