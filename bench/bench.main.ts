/** `npm run bench`: how fast it is, against named baselines in the same run. */
import { resolve } from 'node:path';
import { runCampaign, say } from '../tests/chaos/support/campaign-program.ts';
import { writeReport } from '../tests/chaos/support/report.ts';
import { bigOrderScenario } from './scenarios/big-order.scenario.ts';
import { burstScenario } from './scenarios/burst.scenario.ts';
import { capacityScenario } from './scenarios/capacity.scenario.ts';
import { failoverScenario } from './scenarios/failover.scenario.ts';
import { hotSkuScenario } from './scenarios/hot-sku.scenario.ts';
import { historyScenario } from './scenarios/history.scenario.ts';
import { latencyScenario } from './scenarios/latency.scenario.ts';
import { profileScenario } from './scenarios/profile.scenario.ts';
import { retailScenario } from './scenarios/retail.scenario.ts';
import { sagaScenario } from './scenarios/saga.scenario.ts';
import { soakScenario } from './scenarios/soak.scenario.ts';
import type { Scenario, ScenarioOptions, ScenarioResult } from './scenarios/scenario.ts';
import { showSections } from './support/show-sections.ts';

const SCENARIOS: readonly Scenario[] = [
  sagaScenario,
  latencyScenario,
  burstScenario,
  failoverScenario,
  hotSkuScenario,
  bigOrderScenario,
  historyScenario,
  soakScenario,
  profileScenario,
  capacityScenario,
  retailScenario,
];

const HELP = `Usage: npm run bench -- [options]

Measures on this machine, each scenario with everything that it needs: Temporal on PostgreSQL, the whole order service, the
simulated providers. Figures of two machines, or of two runs, cannot be compared; the ratios within a run can.

  --only NAME    only this scenario (default: all)
  --rounds N     how often all is repeated, by turns
  --seconds S    how long each is measured
  --in-flight N  how many are under way at once
  --file FILE    invoices to replay, as \`npm run saga -- import-retail --help\` says; without it retail is left out
  --json         the figures on stdout, for programs
  --report FILE  where to write the result (default: stderr only)
  --help         this text

Scenarios:
${SCENARIOS.map(({ name, question, defaults }) => `  ${name.padEnd(10)} ${question}\n             (--rounds ${defaults.rounds} --seconds ${defaults.seconds} --in-flight ${defaults.inFlight})`).join('\n')}
`;

interface Options {
  readonly only: string | undefined;
  readonly json: boolean;
  readonly report: string | undefined;
  readonly given: Partial<ScenarioOptions>;
}

function positive(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new RangeError(`--${name} is a whole number from 1`);
  return value;
}

await runCampaign<Options>({
  help: HELP,
  flags: ['only', 'rounds', 'seconds', 'in-flight', 'file', 'report'],
  switches: ['json'],
  read: (values) => {
    const only = values['only'];
    if (only !== undefined && !SCENARIOS.some(({ name }) => name === only))
      throw new RangeError(`no scenario is named ${only}`);
    const file =
      values['file'] === undefined ? undefined : resolve(process.env['INIT_CWD'] ?? '.', values['file']);
    if (file === undefined && SCENARIOS.some(({ name, needsFile }) => name === only && needsFile === true))
      throw new RangeError(
        `${only} needs --file with invoices to replay; npm run saga -- import-retail --help says how to get them`,
      );
    const numbers = {
      rounds: positive('rounds', values['rounds']),
      seconds: positive('seconds', values['seconds']),
      inFlight: positive('in-flight', values['in-flight']),
    };
    const given = Object.fromEntries(
      Object.entries({ ...numbers, file }).filter(([, value]) => value !== undefined),
    );
    return { only, json: values['json'] !== undefined, report: values['report'], given };
  },
  run: async ({ only, json, report, given }, course) => {
    const startedAt = new Date();
    const results: Record<string, ScenarioResult> = {};
    for (const scenario of SCENARIOS.filter(({ name }) => only === undefined || name === only)) {
      if (scenario.needsFile === true && given.file === undefined) {
        say(`${scenario.name} is left out: it needs --file`);
        continue;
      }
      say(`${scenario.name}: ${scenario.question}`);
      const result = await scenario.run({ ...scenario.defaults, ...given }, course);
      results[scenario.name] = result;
      showSections(result.sections, process.stderr);
    }
    if (json)
      process.stdout.write(
        `${JSON.stringify(Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data])))}\n`,
      );
    if (report !== undefined)
      await writeReport(report, {
        title: 'Benchmark',
        summary: 'What `npm run bench` measured.',
        command: `npm run bench${only === undefined ? '' : ` -- --only ${only}`}`,
        startedAt,
        sections: Object.values(results).flatMap(({ sections }) => sections),
      });
    return true;
  },
});
