/** `npm run test:races`: everybody comes at once, over three processes of the API and three order workers. */
import { runCampaign, say, type Course } from '../support/campaign-program.ts';
import { writeReport } from '../support/report.ts';
import { seedOf } from '../support/seeded.ts';
import type { Race } from './race.ts';
import { RACES, runRace, startShop, type RaceResult } from './run-races.ts';

const REPORT = 'docs/reports/races.md';
const MOST_PROBLEMS_SHOWN = 20;

const HELP = `Usage: npm run test:races [-- options]

Buyers, equal requests, webhooks and messages that meet. Starts a shop of its own for each race, on free ports.

  --seed N       decides everything that is left to chance (default: a new one, which is printed)
  --only NAME    only the races whose names contain this
  --scale S      from 0 to 1 of the full size (default: 1)
  --report FILE  where to write the result; "none" for nowhere (default: ${REPORT} for all races at full size, else none)
  --help         this text

Races:
${RACES.map(({ name, promise }) => `  ${name.padEnd(24)} ${promise}`).join('\n')}

Exit code: 0 nothing was violated, 1 something was, 2 wrong use.
`;

interface Options {
  readonly seed: number;
  readonly only: string | undefined;
  readonly scale: number;
  readonly report: string;
}

function racesNamed(only: string | undefined): readonly Race[] {
  return RACES.filter(({ name }) => only === undefined || name.includes(only));
}

function commandOf({ seed, scale, only }: Options): string {
  const size = scale === 1 ? '' : ` --scale ${scale}`;
  return `npm run test:races -- --seed ${seed}${size}${only === undefined ? '' : ` --only ${only}`}`;
}

async function runAll(options: Options, { stopAtEnd }: Course): Promise<RaceResult[]> {
  const results: RaceResult[] = [];
  for (const race of racesNamed(options.only)) {
    say(`${race.name}: ${race.promise}`);
    const lab = await startShop();
    const stop = stopAtEnd(() => lab.stop());
    const result = await runRace(race, lab, {
      ...options,
      say: (progress) => say(`  ${race.name}: ${progress}`),
    });
    results.push(result);
    show(result, options);
    await stop();
  }
  return results;
}

function show({ race, problems, numbers, tookMs }: RaceResult, options: Options): void {
  say(
    `  ${problems.length === 0 ? 'holds' : 'VIOLATED'} after ${seconds(tookMs)} s: ${JSON.stringify(numbers)}`,
  );
  for (const problem of problems.slice(0, MOST_PROBLEMS_SHOWN)) say(`    ${problem}`);
  if (problems.length > MOST_PROBLEMS_SHOWN) say(`    … and ${problems.length - MOST_PROBLEMS_SHOWN} more`);
  if (problems.length > 0) say(`    Again: ${commandOf({ ...options, only: race.name })}`);
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}

async function report(options: Options, startedAt: Date, results: readonly RaceResult[]): Promise<void> {
  const violations = results.reduce((sum, { problems }) => sum + problems.length, 0);
  await writeReport(options.report, {
    title: 'Races',
    summary:
      `${results.length} races over three processes of the API and three order workers, each in a shop of its own, at ` +
      `${options.scale === 1 ? 'full size' : `${options.scale} of the full size`}. After each the auditor looked at ` +
      `everything. ${violations === 0 ? 'Nothing was violated, and no program ended.' : `**${violations} violations.**`}`,
    command: commandOf(options),
    seed: options.seed,
    startedAt,
    sections: [
      {
        heading: 'Results',
        table: {
          columns: ['Race', 'What must hold', 'Numbers', 'Seconds', 'Violations'],
          rows: results.map(({ race, numbers, tookMs, problems }) => [
            race.name,
            race.promise,
            Object.entries(numbers)
              .map(([name, count]) => `${name} ${count}`)
              .join('; '),
            seconds(tookMs),
            problems.length,
          ]),
        },
      },
      ...results
        .filter(({ problems }) => problems.length > 0)
        .map(({ race, problems }) => ({
          heading: `What ${race.name} found`,
          text: problems.map((problem) => `- ${problem}`).join('\n'),
        })),
    ],
  });
  say(`The report is in ${options.report}`);
}

await runCampaign<Options>({
  help: HELP,
  flags: ['seed', 'only', 'scale', 'report'],
  read: (values) => {
    const only = values['only'];
    const scale = Number(values['scale'] ?? '1');
    if (!(scale >= 0 && scale <= 1)) throw new RangeError('--scale is from 0 to 1');
    if (racesNamed(only).length === 0) throw new RangeError(`no race is named ${only}`);
    const isFull = scale === 1 && only === undefined;
    return {
      seed: seedOf(values['seed']),
      only,
      scale,
      report: values['report'] ?? (isFull ? REPORT : 'none'),
    };
  },
  run: async (options, course) => {
    const startedAt = new Date();
    say(`Seed ${options.seed}. To run the same again: ${commandOf(options)}`);
    const results = await runAll(options, course);
    if (options.report !== 'none') await report(options, startedAt, results);
    return results.every(({ problems }) => problems.length === 0);
  },
});
