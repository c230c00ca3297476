/** `npm run test:crash`: kills every victim at every point of every step, and leaves a page of what it showed. */
import { runCampaign, say, type Course } from '../support/campaign-program.ts';
import { writeReport } from '../support/report.ts';
import { Seeded, seedOf } from '../support/seeded.ts';
import { CrashCampaign, type CellResult } from './crash-campaign.ts';
import { cells, VICTIMS, type Cell, type Victim } from './crash-points.ts';
import { batchesOf, matrixTable } from './matrix.ts';
import { measureRecovery, recoveryTable, type RecoveryRun } from './recovery.ts';

const REPORT = 'docs/reports/crash-matrix.md';
const HELP = `npm run test:crash [-- options]

Kills worker, API, PostgreSQL, its connections, Temporal, the broker, the relay and the maintenance worker at every point
of every step.

  --seed N         decides the order of the cells; a new one is made and printed otherwise
  --only REGEX     only cells whose name fits, for example '^capturePayment/.*@postgres$'; no recovery is measured
  --report FILE    where the page goes (default ${REPORT}; none with --only)
  --list           prints the names of the cells and ends
  --help           this text

Exit code: 0 nothing was violated, 1 something was, 2 wrong use.
`;

interface Options {
  readonly seed: number;
  readonly only: RegExp | null;
  readonly report: string | null;
}

function selectedBy(only: RegExp | null): readonly Cell[] {
  return cells().filter(({ name }) => only === null || only.test(name));
}

function commandOf({ seed, only }: Options): string {
  return `npm run test:crash -- --seed ${seed}${only === null ? '' : ` --only '${only.source}'`}`;
}

function tell({ cell, problems, tookMs }: CellResult, seed: number): void {
  say(`${problems.length === 0 ? '✔' : '✖'} ${cell.name} (${(tookMs / 1000).toFixed(1)} s)`);
  for (const problem of problems) say(`    ${problem}`);
  if (problems.length > 0)
    say(`    again: npm run test:crash -- --seed ${seed} --only '^${cell.name.replaceAll('.', '\\.')}$'`);
}

/** @returns the results, and what is wrong with all orders together */
async function runCells({ seed, only }: Options, { stopAtEnd }: Course) {
  const random = new Seeded(seed);
  const selected = selectedBy(only);
  say(`seed ${seed}, ${selected.length} of ${cells().length} cells; starting a shop …`);
  const campaign = await CrashCampaign.start();
  stopAtEnd(() => campaign.stop());
  const results: CellResult[] = [];
  for (const batch of batchesOf(selected, random)) {
    const ended = await campaign.run(batch);
    for (const result of ended) tell(result, seed);
    results.push(...ended);
    say(`${results.length} of ${selected.length}, ${campaign.victims.count} kills so far`);
  }
  const recovery = only === null ? await measureRecovery(campaign, random, say) : null;
  const problems = [...(recovery?.problems ?? []), ...(await campaign.finalProblems())];
  for (const problem of problems) say(`✖ ${problem}`);
  return { results, recovery, problems, kills: campaign.victims.count };
}

type Outcome = Awaited<ReturnType<typeof runCells>>;

function summaryOf({ results, recovery, problems, kills }: Outcome): string {
  const failed = results.filter((result) => result.problems.length > 0);
  return (
    `Every step of an order was stopped before its first effect, after each of its effects and after it was acknowledged, ` +
    `and there, with a real signal to a real process, each victim was killed. ${results.length} cells, ${kills} kills, ` +
    `${results.length + (recovery?.orders ?? 0)} orders: ${failed.length} cells failed, and ${problems.length} violations ` +
    `were found by the auditor and among the processes at the end. A cell passes when its order comes to exactly the end ` +
    `that it comes to when nothing is killed: status, money at the payment provider, parcels at the carrier, stock on the ` +
    `shelves, mails, and every event told.`
  );
}

async function report(file: string, options: Options, startedAt: Date, outcome: Outcome) {
  const { results, recovery, problems } = outcome;
  const wrong = [
    ...results.flatMap(({ cell, problems: own }) => own.map((problem) => `${cell.name}: ${problem}`)),
    ...problems,
  ];
  await writeReport(file, {
    title: 'The crash matrix',
    summary: summaryOf(outcome),
    command: commandOf(options),
    seed: options.seed,
    startedAt,
    sections: [
      {
        heading: 'Steps, points and victims',
        text:
          '✔ and the seconds from the request that placed the order until it was over. An activity that was under way ' +
          'when its worker was killed is given up after 20 s, which is most of the time where it is long. For a step of ' +
          'the API, `after` is when its answer is stored and not sent; for one of the relay, when it is settled. An empty ' +
          'field is not tried: relay and maintenance worker are killed at their own steps.',
        table: matrixTable(results),
      },
      ...recoverySection(recovery),
      {
        heading: 'Violations',
        text: wrong.length === 0 ? 'None.' : wrong.map((one) => `- ${one}`).join('\n'),
      },
    ],
  });
  say(`written: ${file}`);
}

function recoverySection(recovery: RecoveryRun | null) {
  if (recovery === null) return [];
  return [
    {
      heading: 'Recovery under load',
      text:
        'While four customers went on ordering, from the moment when the process was dead until an order that was placed ' +
        'after it was confirmed. Starting the process again is part of it.',
      table: recoveryTable(recovery.recoveries),
    },
  ];
}

function tellCount({ results }: Outcome): void {
  const passed = results.filter(({ problems }) => problems.length === 0).length;
  const byVictim = (Object.keys(VICTIMS) as Victim[]).map(
    (victim) => `${VICTIMS[victim]} ${results.filter(({ cell }) => cell.victim === victim).length}`,
  );
  say(`${passed} of ${results.length} cells passed (${byVictim.join(', ')})`);
}

await runCampaign<Options | 'list'>({
  help: HELP,
  flags: ['seed', 'only', 'report'],
  switches: ['list'],
  read: (values) => {
    if (values['list'] !== undefined) return 'list';
    const only = values['only'] === undefined ? null : new RegExp(values['only']);
    if (selectedBy(only).length === 0) throw new RangeError('no cell has such a name; --list shows all');
    return {
      seed: seedOf(values['seed']),
      only,
      report: values['report'] ?? (only === null ? REPORT : null),
    };
  },
  run: async (options, course) => {
    if (options === 'list') {
      process.stdout.write(
        `${selectedBy(null)
          .map(({ name }) => name)
          .join('\n')}\n`,
      );
      return true;
    }
    const startedAt = new Date();
    const outcome = await runCells(options, course);
    if (options.report !== null) await report(options.report, options, startedAt, outcome);
    tellCount(outcome);
    return outcome.problems.length === 0 && outcome.results.every(({ problems }) => problems.length === 0);
  },
});
