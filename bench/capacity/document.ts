/** The tables of deploy/capacity.md, made from the measurements that the project has, so that the page says what the program says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { PROJECT_DIRECTORY } from '../../embedded/node-program.ts';
import { markdownTable, type ReportTable } from '../../tests/chaos/support/report.ts';
import { calibrate } from './calibration.ts';
import { demandsAt, demandsUnder } from './demand.ts';
import { readMeasurements, type Measurements } from './measurements.ts';
import { coresFor, limitsOf } from './plan.ts';
import { onOwnMachines } from './placement.ts';
import {
  billTable,
  calibrationSection,
  coresTable,
  limitsTable,
  machineTable,
  NETWORK_MS,
  predictionTable,
  pricesTable,
  singleThingsTable,
} from './sections.ts';
import { simulate } from './simulate.ts';

export const DOCUMENT = join(PROJECT_DIRECTORY, 'deploy/capacity.md');
export const MEASUREMENTS = join(import.meta.dirname, 'measurements.json');

/** Sustained, and at the peak. */
const RATES_PER_SECOND = [200, 500];
const CEILING = 0.6;
const PROVIDER_MS = 150;
/** Long enough that the 95th percentile of a busy machine is no matter of luck. */
const ORDERS = 10_000;
const SEED = 1;

/** A table stands between `<!-- table: NAME -->` and `<!-- end -->`. */
const TABLE = /<!-- table: ([\w-]+) -->[\s\S]*?<!-- end -->/g;

/**
 * The page with its tables as they should be.
 * @throws Error for a name that no table has
 */
export async function documentWithTables(): Promise<string> {
  const tables = tablesOf(readMeasurements(MEASUREMENTS));
  const text = readFileSync(DOCUMENT, 'utf8').replaceAll(TABLE, (_, name: string) => {
    const table = tables[name];
    if (table === undefined)
      throw new Error(`deploy/capacity.md wants the table ${name}, which there is not`);
    return `<!-- table: ${name} -->\n\n${markdownTable(table)}\n\n<!-- end -->`;
  });
  return format(text, { ...(await resolveConfig(DOCUMENT)), parser: 'markdown' });
}

function tablesOf(measurements: Measurements): Readonly<Record<string, ReportTable | undefined>> {
  const [planned, full] = [demandsAt(measurements, CEILING), demandsAt(measurements, 1)];
  const calibration = calibrate(measurements, ORDERS, SEED);
  const plans = RATES_PER_SECOND.map((perSecond) => {
    const cores = coresFor(planned, perSecond, CEILING);
    const placement = onOwnMachines(cores, NETWORK_MS);
    const demands = demandsUnder(measurements, placement, perSecond);
    const options = { demands, placement, perSecond, providerMs: PROVIDER_MS, orders: ORDERS, seed: SEED };
    return { perSecond, cores, limits: limitsOf(full, placement), simulated: simulate(options) };
  });
  const ofPlans = (name: string, table: (plan: (typeof plans)[number]) => ReportTable) =>
    plans.map((plan) => [`${name}-${plan.perSecond}`, table(plan)] as const);
  return {
    machine: machineTable(measurements),
    calibration: calibrationSection(calibration).table,
    cores: coresTable(measurements, RATES_PER_SECOND, CEILING),
    predictions: predictionTable(plans, calibration),
    'single-things': singleThingsTable(measurements),
    prices: pricesTable(),
    ...Object.fromEntries([
      ...ofPlans('limits', ({ limits }) => limitsTable(limits.slice(0, 4))),
      ...ofPlans('bill', ({ perSecond, cores }) => billTable(measurements, perSecond, cores)),
    ]),
  };
}
