/** `npm run capacity`: what a rate of orders needs, and how long customers wait then, by a simulation that is held against a measurement. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { runCampaign, say } from '../../tests/chaos/support/campaign-program.ts';
import { seedOf } from '../../tests/chaos/support/seeded.ts';
import { showSections } from '../support/show-sections.ts';
import { calibrate } from './calibration.ts';
import { demandsAt, demandsUnder } from './demand.ts';
import { DOCUMENT, documentWithTables, MEASUREMENTS } from './document.ts';
import { readMeasurements } from './measurements.ts';
import { coresFor, limitsOf } from './plan.ts';
import { COMPONENT_NAMES, onOneMachine, onOwnMachines, type Component, type Placement } from './placement.ts';
import {
  billTable,
  calibrationSection,
  coresTable,
  limitsTable,
  NETWORK_MS,
  predictionSections,
} from './sections.ts';
import { simulate } from './simulate.ts';

const DEFAULTS = { ceiling: 0.6, orders: 20_000, seed: '1' };

const HELP = `Usage: npm run capacity -- [options]

Says from the processor time that an order was measured to take on cores that were as busy how many cores a rate needs, what is
first at its end and what that costs, and simulates orders on their way through API, Temporal, workers, PostgreSQL, relay and projections to say how
long customers wait. First the machine that was measured is simulated at the rates that were measured there, and shown beside
the measurement; no wait is predicted when they are too far apart, or when other programs used the machine meanwhile.

  --rate N            orders a second that come, as in a Poisson process (default: none, only the comparison)
  --cores-NAME N      cores of a component, and processes of one that uses one core each; NAME is one of
                      ${COMPONENT_NAMES.join(', ')}
                      (default: as many as keep it below the ceiling)
  --one-machine N     everything on one machine of N cores instead, providers and load with it, as it was measured
  --provider-ms N     how long a call of the payment provider takes longer than the simulated one (default: 0)
  --network-ms N      from one machine to another (default: ${NETWORK_MS})
  --ceiling PART      how much of its cores a component may use on average (default: ${DEFAULTS.ceiling})
  --measurements FILE what was measured (default: what the project was measured with). One of your machine is made with
                      npm run -s bench -- --only capacity --json > FILE
  --orders N          how many are simulated (default: ${DEFAULTS.orders})
  --seed S            the same seed gives the same result (default: ${DEFAULTS.seed})
  --json              the figures on stdout, for programs
  --write             writes the tables of deploy/capacity.md anew from what the project was measured with, and nothing else
  --help              this text

What the simulation leaves out: locks, the disk beyond what an order alone waits for it, garbage collection as pauses, a process
that has more than its share of the orders, retries of those who were put off, and everything else that a machine does.
The exit code is 1 when the comparison fails.
`;

interface Options {
  readonly rate: number | undefined;
  readonly cores: Readonly<Partial<Record<Component, number>>>;
  readonly oneMachine: number | undefined;
  readonly providerMs: number;
  readonly networkMs: number;
  readonly ceiling: number;
  readonly measurements: string;
  readonly orders: number;
  readonly seed: number;
  readonly json: boolean;
  readonly write: boolean;
}

function read(values: Readonly<Record<string, string | undefined>>): Options {
  const problems: string[] = [];
  const number = (name: string, isRight: (value: number) => boolean, what: string): number | undefined => {
    const text = values[name];
    if (text === undefined) return undefined;
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!isRight(value)) problems.push(`--${name} is ${what}, not ${text}`);
    return value;
  };
  const whole = (name: string): number | undefined =>
    number(name, (value) => Number.isInteger(value) && value >= 1, 'a whole number from 1');
  const milliseconds = (name: string): number | undefined =>
    number(name, (value) => value >= 0 && Number.isFinite(value), 'a number of milliseconds from 0');
  const cores = Object.fromEntries(
    COMPONENT_NAMES.map((name) => [name, whole(`cores-${name}`)]).filter(([, value]) => value !== undefined),
  ) as Partial<Record<Component, number>>;
  const options: Options = {
    rate: number('rate', (value) => value > 0 && Number.isFinite(value), 'a number above 0'),
    cores,
    oneMachine: whole('one-machine'),
    providerMs: milliseconds('provider-ms') ?? 0,
    networkMs: milliseconds('network-ms') ?? NETWORK_MS,
    ceiling: number('ceiling', (value) => value > 0 && value < 1, 'above 0 and below 1') ?? DEFAULTS.ceiling,
    measurements: resolve(process.env['INIT_CWD'] ?? '.', values['measurements'] ?? MEASUREMENTS),
    orders:
      number('orders', (value) => Number.isInteger(value) && value >= 100, 'a whole number from 100') ??
      DEFAULTS.orders,
    seed: seedOf(values['seed'] ?? DEFAULTS.seed),
    json: values['json'] !== undefined,
    write: values['write'] !== undefined,
  };
  if (options.oneMachine !== undefined && Object.keys(cores).length > 0)
    problems.push('--one-machine has all cores, so --cores-… cannot be given with it');
  if (problems.length > 0) throw new RangeError(problems.join('\n'));
  return options;
}

await runCampaign<Options>({
  help: HELP,
  flags: [
    'rate',
    ...COMPONENT_NAMES.map((name) => `cores-${name}`),
    'one-machine',
    'provider-ms',
    'network-ms',
    'ceiling',
    'measurements',
    'orders',
    'seed',
  ],
  switches: ['json', 'write'],
  read,
  run: async (options) => {
    const { rate, orders, seed, providerMs } = options;
    if (options.write) {
      writeFileSync(DOCUMENT, await documentWithTables());
      say(`wrote ${DOCUMENT}`);
      return true;
    }
    const measurements = readMeasurements(options.measurements);
    const { machine, measuredAt, commit } = measurements;
    say(`measured on ${machine.cores} × ${machine.processor}, ${measuredAt}, commit ${commit}; comparing …`);
    const calibration = calibrate(measurements, orders, seed);
    const sections = [calibrationSection(calibration)];
    const result: Record<string, unknown> = { calibration };
    if (rate !== undefined) {
      const planned = demandsAt(measurements, options.ceiling);
      const cores = { ...coresFor(planned, rate, options.ceiling), ...options.cores };
      const placement: Placement =
        options.oneMachine === undefined
          ? onOwnMachines(cores, options.networkMs)
          : onOneMachine(options.oneMachine);
      const limits = limitsOf(demandsAt(measurements, 1), placement);
      Object.assign(result, { cores, limits });
      sections.push(
        {
          heading: `Cores that keep every component below ${options.ceiling * 100} %`,
          table: coresTable(measurements, [rate], options.ceiling),
        },
        { heading: 'What saturates first', table: limitsTable(limits) },
      );
      if (options.oneMachine === undefined)
        sections.push({
          heading: 'List prices of Amazon, with these cores busy around the clock (deploy/capacity.md)',
          table: billTable(measurements, rate, cores),
        });
      if (calibration.refusals.length === 0) {
        say(`simulating ${orders} orders at ${rate} a second …`);
        const demands = demandsUnder(measurements, placement, rate);
        const simulated = simulate({ demands, placement, perSecond: rate, providerMs, orders, seed });
        Object.assign(result, { simulated });
        sections.push(...predictionSections(rate, simulated));
      }
    }
    if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`);
    else showSections(sections, process.stdout);
    for (const refusal of calibration.refusals) say(refusal);
    if (calibration.refusals.length > 0)
      say(
        'So no wait is predicted from it. Measure while the machine has nothing else to do: npm run -s bench -- --only capacity --json > FILE',
      );
    return calibration.refusals.length === 0;
  },
});
