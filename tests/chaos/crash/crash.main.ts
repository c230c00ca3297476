/** `npm run test:crash`: kills every victim at every point of every step, and leaves a page of what it showed. */
import { parseArgs } from 'node:util';
import { writeReport } from '../support/report.ts';
import { Seeded, seedOf } from '../support/seeded.ts';
import { CrashCampaign, type CellResult } from './crash-campaign.ts';
import { cells, VICTIMS, type Victim } from './crash-points.ts';
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
  --help`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      only: { type: 'string' },
      report: { type: 'string' },
      list: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  return { ...values, only: values.only === undefined ? null : new RegExp(values.only) };
}

function say(text: string): void {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}

function tell({ cell, problems, tookMs }: CellResult, seed: number): void {
  say(`${problems.length === 0 ? '✔' : '✖'} ${cell.name} (${(tookMs / 1000).toFixed(1)} s)`);
  for (const problem of problems) say(`    ${problem}`);
  if (problems.length > 0)
    say(`    again: npm run test:crash -- --seed ${seed} --only '^${cell.name.replaceAll('.', '\\.')}$'`);
}

/** @returns the results, and what is wrong with all orders together */
async function run(options: ReturnType<typeof readOptions>, seed: number) {
  const random = new Seeded(seed);
  const { only } = options;
  const selected = cells().filter(({ name }) => only === null || only.test(name));
  if (selected.length === 0) throw new RangeError('no cell has such a name; --list shows all');
  say(`seed ${seed}, ${selected.length} of ${cells().length} cells; starting a shop …`);
  const campaign = await CrashCampaign.start();
  process.once('SIGINT', () => void campaign.stop().finally(() => process.exit(130)));
  process.once('SIGTERM', () => void campaign.stop().finally(() => process.exit(143)));
  try {
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
  } finally {
    await campaign.stop();
  }
}

type Outcome = Awaited<ReturnType<typeof run>>;

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

async function report(file: string, command: string, startedAt: Date, seed: number, outcome: Outcome) {
  const { results, recovery, problems } = outcome;
  const wrong = [
    ...results.flatMap(({ cell, problems: own }) => own.map((problem) => `${cell.name}: ${problem}`)),
    ...problems,
  ];
  await writeReport(file, {
    title: 'The crash matrix',
    summary: summaryOf(outcome),
    command,
    seed,
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

async function main(): Promise<number> {
  const options = readOptions();
  if (options.help === true) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  if (options.list === true) {
    process.stdout.write(
      `${cells()
        .map(({ name }) => name)
        .join('\n')}\n`,
    );
    return 0;
  }
  const startedAt = new Date();
  const seed = seedOf(options.seed);
  const outcome = await run(options, seed);
  const file = options.report ?? (options.only === null ? REPORT : null);
  const command = `npm run test:crash -- --seed ${seed}${options.only === null ? '' : ` --only '${options.only.source}'`}`;
  if (file !== null) await report(file, command, startedAt, seed, outcome);
  const failed = outcome.results.filter(({ problems }) => problems.length > 0).length;
  const byVictim = (Object.keys(VICTIMS) as Victim[]).map(
    (victim) => `${VICTIMS[victim]} ${outcome.results.filter(({ cell }) => cell.victim === victim).length}`,
  );
  say(
    `${outcome.results.length - failed} of ${outcome.results.length} cells passed (${byVictim.join(', ')})`,
  );
  return failed === 0 && outcome.problems.length === 0 ? 0 : 1;
}

process.exitCode = await main();
// The channel to npm would keep this process alive.
process.disconnect?.();
