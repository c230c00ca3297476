/** `npm run test:model`: random sequences of operations against a small model, at the records and over HTTP. */
import { createDatabase } from '../../support/stack.ts';
import { runCampaign, say } from '../support/campaign-program.ts';
import { writeReport, type ReportSection } from '../support/report.ts';
import { seedOf } from '../support/seeded.ts';
import { ShopLab } from '../support/shop-lab.ts';
import type { CampaignOptions, CampaignResult } from './campaign.ts';
import { runRecordCampaign } from './record-campaign.ts';
import { runServiceCampaign } from './service-campaign.ts';

const REPORT = 'docs/reports/model.md';
const PROGRESS_INTERVAL_MS = 15_000;
const FULL_SIZE = { records: 100_000, service: 600 } as const;
type Level = keyof typeof FULL_SIZE;

const HELP = `Usage: npm run test:model [-- options]

Random sequences of what can happen to a shop, held against a small model (tests/chaos/model/shop-model.ts). A sequence that
fails is made shorter and told as a story.

  --level NAME   records: every change of an order as its statement, repeated, too late, too early (${FULL_SIZE.records} sequences)
                 service: requests and events over HTTP, with programs killed meanwhile (${FULL_SIZE.service} sequences)
                 (default: both)
  --runs N       so many sequences instead
  --seed N       decides everything that is left to chance (default: a new one, which is printed)
  --path P       with --level and --seed: the one sequence that failed, as the failure says
  --report FILE  where to write the result; "none" for nowhere (default: ${REPORT} at full size, else none)
  --help         this text

Exit code: 0 nothing was violated, 1 something was, 2 wrong use.
`;

interface Options {
  readonly seed: number;
  readonly levels: readonly Level[];
  readonly runs: number | undefined;
  readonly path: string | undefined;
  readonly report: string;
}

async function runLevel(level: Level, lab: ShopLab, options: CampaignOptions): Promise<CampaignResult> {
  if (level === 'service') return runServiceCampaign({ ...options, lab });
  const { url, drop } = await createDatabase(lab.addresses.postgresAdminUrl);
  try {
    return await runRecordCampaign({ ...options, databaseUrl: url });
  } finally {
    await drop();
  }
}

function sectionOf(level: Level, result: CampaignResult, seconds: number): ReportSection {
  return {
    heading: level === 'records' ? 'At the records' : 'Over HTTP, with programs killed meanwhile',
    table: {
      columns: [
        'Sequences',
        'Commands',
        'Took, s',
        'Sequences a second',
        'Failures',
        'Violations after all of them',
      ],
      rows: [
        [
          result.sequences,
          result.commands,
          Math.round(seconds),
          (result.sequences / seconds).toFixed(1),
          result.failures.length,
          result.violations.length,
        ],
      ],
    },
  };
}

interface Outcome {
  readonly sections: readonly ReportSection[];
  readonly problems: readonly string[];
}

async function runLevels(options: Options, lab: ShopLab): Promise<Outcome> {
  const sections: ReportSection[] = [];
  const problems: string[] = [];
  for (const level of options.levels) {
    const sequences = options.runs ?? FULL_SIZE[level];
    const since = performance.now();
    let done = 0;
    const ticker = setInterval(
      () => say(`  ${level}: ${done} of ${sequences} sequences`),
      PROGRESS_INTERVAL_MS,
    );
    const onProgress = (count: number): void => void (done = count);
    const onFailure = (error: unknown): void =>
      say(`  ${level}: a sequence failed and is made shorter: ${String(error)}`);
    const { seed, path } = options;
    const result = await runLevel(level, lab, { sequences, seed, path, onProgress, onFailure }).finally(() =>
      clearInterval(ticker),
    );
    sections.push(sectionOf(level, result, (performance.now() - since) / 1000));
    say(`${level}: ${result.sequences} sequences, ${result.commands} commands`);
    problems.push(...result.failures, ...result.violations);
  }
  return { sections, problems };
}

async function report(options: Options, startedAt: Date, { sections, problems }: Outcome): Promise<void> {
  const outcome = problems.length === 0 ? 'None was violated.' : `${problems.length} problems were found.`;
  await writeReport(options.report, {
    title: 'Random sequences against a model',
    summary: `Sequences of operations chosen by chance, each held against a small model in plain TypeScript. ${outcome}`,
    command: `npm run test:model -- --seed ${options.seed}`,
    seed: options.seed,
    startedAt,
    sections,
  });
}

await runCampaign<Options>({
  help: HELP,
  flags: ['level', 'runs', 'seed', 'path', 'report'],
  read: (values) => {
    const all = Object.keys(FULL_SIZE) as Level[];
    const levels = all.filter((level) => values['level'] === undefined || values['level'] === level);
    if (levels.length === 0) throw new RangeError(`--level is one of ${all.join(', ')}`);
    const runs = values['runs'] === undefined ? undefined : Number(values['runs']);
    if (runs !== undefined && !(Number.isSafeInteger(runs) && runs > 0))
      throw new RangeError('--runs is a positive integer');
    const path = values['path'];
    if (path !== undefined && (values['level'] === undefined || values['seed'] === undefined))
      throw new RangeError('--path needs --level and --seed');
    const isFull = runs === undefined && values['level'] === undefined;
    return {
      seed: seedOf(values['seed']),
      levels,
      runs,
      path,
      report: values['report'] ?? (isFull ? REPORT : 'none'),
    };
  },
  run: async (options, { stopAtEnd }) => {
    const startedAt = new Date();
    say(`Seed ${options.seed}`);
    const lab = await ShopLab.start();
    stopAtEnd(() => lab.stop());
    const outcome = await runLevels(options, lab);
    for (const problem of outcome.problems) say(problem);
    if (options.report !== 'none') await report(options, startedAt, outcome);
    say(outcome.problems.length === 0 ? 'Nothing was violated.' : `${outcome.problems.length} problems.`);
    return outcome.problems.length === 0;
  },
});
