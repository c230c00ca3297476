/** `npm run test:faults`: everything that a shop depends on goes wrong, one after another, while customers order. */
import { runCampaign, say, type Course } from '../support/campaign-program.ts';
import { writeReport } from '../support/report.ts';
import { Seeded, seedOf } from '../support/seeded.ts';
import { FAULT_CASES } from './cases.ts';
import { FaultLab, type FaultCase } from './fault-lab.ts';
import { runCase, type CaseResult } from './run-case.ts';

const REPORT = 'docs/reports/faults.md';
const ROUNDS = 3;
const MOST_PROBLEMS_SHOWN = 20;

const HELP = `Usage: npm run test:faults [-- options]

Starts a whole order service of its own, on free ports, and troubles its network, providers, webhooks, clocks, disk, database,
input, queues and processes while customers order. After each case every order, every shelf and all money is looked at.
Needs the right to mount a tmpfs (root) for the cases of the disk.

  --seed N       decides everything that is left to chance (default: a new one, which is printed)
  --only NAME    only the cases whose names contain this, or of this fault, for example F6
  --rounds N     how often each case is run, each time with the next seed (default: ${ROUNDS})
  --report FILE  where to write the result; "none" for nowhere (default: ${REPORT} for all cases, else none)
  --help         this text

Cases:
${FAULT_CASES.map(({ fault, name }) => `  ${fault.padEnd(4)} ${name}`).join('\n')}

Exit code: 0 nothing was violated, 1 something was, 2 wrong use.
`;

interface Options {
  readonly seed: number;
  readonly only: string | undefined;
  readonly rounds: number;
  readonly report: string;
}

function chosen(only: string | undefined): readonly FaultCase[] {
  return FAULT_CASES.filter(({ fault, name }) => only === undefined || fault === only || name.includes(only));
}

function commandOf(seed: number, rounds: number, only: string | undefined): string {
  const size = rounds === ROUNDS ? '' : ` --rounds ${rounds}`;
  return `npm run test:faults -- --seed ${seed}${size}${only === undefined ? '' : ` --only ${only}`}`;
}

async function runAll(options: Options, { stopAtEnd }: Course): Promise<CaseResult[]> {
  const cases = chosen(options.only);
  const lab = await FaultLab.start({
    disk: cases.some(({ needsDisk }) => needsDisk === true),
    random: new Seeded(options.seed),
    say,
  });
  stopAtEnd(() => lab.stop());
  const results: CaseResult[] = [];
  for (let round = 0; round < options.rounds; round += 1)
    for (const one of cases) {
      const result = await runCase(lab, one, options.seed + round);
      results.push(result);
      show(result);
    }
  return results;
}

function show({ fault, name, seed, orders, answers, tookMs, problems }: CaseResult): void {
  const verdict = problems.length === 0 ? 'holds' : 'VIOLATED';
  say(
    `${fault.padEnd(4)} ${name}: ${verdict} after ${seconds(tookMs)} s, ${orders} orders, ${textOf(answers)}`,
  );
  for (const problem of problems.slice(0, MOST_PROBLEMS_SHOWN)) say(`    ${problem}`);
  if (problems.length > MOST_PROBLEMS_SHOWN) say(`    … and ${problems.length - MOST_PROBLEMS_SHOWN} more`);
  if (problems.length > 0) say(`    Again: ${commandOf(seed, 1, name)}`);
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}

function textOf(answers: Readonly<Record<string, number>>): string {
  return Object.entries(answers)
    .map(([status, count]) => `${status} × ${count}`)
    .join(', ');
}

async function report(options: Options, startedAt: Date, results: readonly CaseResult[]): Promise<void> {
  const bad = results.filter(({ problems }) => problems.length > 0);
  const orders = results.reduce((sum, result) => sum + result.orders, 0);
  await writeReport(options.report, {
    title: 'Faults',
    summary:
      `${chosen(options.only).length} cases, ${options.rounds === 1 ? 'one round' : `${options.rounds} rounds`}, ${orders} orders. While customers ordered, the network ` +
      'between all processes and what they need went through toxiproxy, and providers, webhooks, clocks, disk, database, input, ' +
      'queues and processes were troubled. After each case every order was looked up, shelves and money were counted at both ' +
      `ends, and the auditor looked at everything. ${bad.length === 0 ? 'Nothing was violated, and no program died of an uncaught error.' : `**${bad.length} of ${results.length} runs found something.**`}`,
    command: commandOf(options.seed, options.rounds, options.only),
    seed: options.seed,
    startedAt,
    sections: [
      {
        heading: 'Results',
        text: 'Answers are those that customers got to orders, cancellations and refunds; `lost` is a connection that ended without one.',
        table: {
          columns: ['Fault', 'Case', 'Seed', 'Orders', 'Answers', 'Seconds', 'Violations'],
          rows: results.map((result) => [
            result.fault,
            result.name,
            result.seed,
            result.orders,
            textOf(result.answers),
            seconds(result.tookMs),
            result.problems.length,
          ]),
        },
      },
      ...bad.map(({ name, seed, problems }) => ({
        heading: `What ${name} found with seed ${seed}`,
        text: problems.map((problem) => `- ${problem}`).join('\n'),
      })),
    ],
  });
  say(`The report is in ${options.report}`);
}

await runCampaign<Options>({
  help: HELP,
  flags: ['seed', 'only', 'rounds', 'report'],
  read: (values) => {
    const rounds = Number(values['rounds'] ?? ROUNDS);
    if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError('--rounds is an integer from 1 up');
    const only = values['only'];
    if (chosen(only).length === 0) throw new RangeError(`no case is named ${only}`);
    return {
      seed: seedOf(values['seed']),
      only,
      rounds,
      report: values['report'] ?? (only === undefined ? REPORT : 'none'),
    };
  },
  run: async (options, course) => {
    const startedAt = new Date();
    say(
      `Seed ${options.seed}. To run the same again: ${commandOf(options.seed, options.rounds, options.only)}`,
    );
    const results = await runAll(options, course);
    if (options.report !== 'none') await report(options, startedAt, results);
    return results.every(({ problems }) => problems.length === 0);
  },
});
