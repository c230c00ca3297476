/** How many whole orders a second, against the bare engine on the same server in the same run. */
import { startBaselines } from '../baselines/baselines.ts';
import { startDbos } from '../baselines/dbos.ts';
import { BenchShop } from '../support/bench-shop.ts';
import { measureByTurns } from '../support/by-turns.ts';
import type { Measurement } from '../support/measure.ts';
import { median, withSpread } from '../support/numbers.ts';
import { startEngineForRun } from '../support/engine.ts';
import { say } from '../../tests/chaos/support/campaign-program.ts';
import type { Scenario, ScenarioResult } from './scenario.ts';

/** The baselines are warm at once; of a whole service more code has to be compiled first. */
const RAMP_MS = 20_000;
/** To what everything is compared. */
const BARE = 'bare saga';
const ORDER = 'order';
/** The orders of DBOS lie in the same tables and have no workflow: they would be taken up as lost ones, hundreds at once. */
const WITHOUT_REPAIR = { REPAIR_DRIFT_INTERVAL_MS: '86400000' };

export const sagaScenario: Scenario = {
  name: 'saga',
  question: 'How many whole orders a second, against workflows that do nothing on the same server?',
  defaults: { rounds: 3, seconds: 30, inFlight: 40 },
  async run({ rounds, seconds, inFlight }, { stopAtEnd, stopping }) {
    const { engine, host } = await startEngineForRun(say, stopAtEnd);
    const baselines = await startBaselines(engine, host);
    stopAtEnd(baselines.stop);
    const shop = await BenchShop.start({ engine, variables: WITHOUT_REPAIR });
    stopAtEnd(() => shop.stop());
    const dbos = await startDbos(shop, engine, host);
    stopAtEnd(dbos.stop);
    const { bareSaga, eagerSaga, emptyWorkflow } = baselines;
    const subjects = [shop.subject(ORDER), bareSaga, eagerSaga, emptyWorkflow, dbos.order, dbos.nothing];
    const measurements = await measureByTurns(subjects, {
      rounds,
      inFlight,
      stopping,
      rampMs: RAMP_MS,
      measuredMs: seconds * 1000,
      temporalAddress: engine.address,
      note: () => `${shop.putOff} put off so far`,
    });
    return report(measurements);
  },
};

function report(subjects: readonly (readonly Measurement[])[]): ScenarioResult {
  const names = subjects.flatMap(([first]) => (first === undefined ? [] : [first.subject]));
  const of = (name: string): readonly Measurement[] => subjects[names.indexOf(name)] ?? [];
  const rates = (name: string): number[] => of(name).map(({ perSecond }) => perSecond);
  const ratios = (name: string, to: string): number[] =>
    rates(name).map((rate, round) => rate / (rates(to)[round] ?? Number.NaN));
  const role = (name: string, which: 'own' | 'engine' | 'outside' | 'load'): string =>
    withSpread(of(name).map(({ processorMsByRole }) => processorMsByRole?.[which] ?? Number.NaN));
  const shopPrograms = Object.keys(of(ORDER)[0]?.processorMsByProgram ?? {});
  return {
    data: {
      subjects,
      ratioToBareSaga: ratios(ORDER, BARE),
      ratioToEmptyWorkflow: ratios(ORDER, 'empty workflow'),
    },
    sections: [
      {
        heading: 'Rates',
        text: 'Median of the rounds, with the smallest and the largest. Ratios are taken within each round.',
        table: {
          columns: [
            '',
            'per second',
            'as a multiple of the bare saga',
            'of the empty workflow',
            'median time, ms',
          ],
          rows: names.map((name) => [
            name,
            withSpread(rates(name)),
            withSpread(ratios(name, BARE), 2),
            withSpread(ratios(name, 'empty workflow'), 2),
            withSpread(
              of(name).map(({ durationsMs }) => median(durationsMs)),
              0,
            ),
          ]),
        },
      },
      {
        heading: 'Processor time and work for each one',
        text: 'Milliseconds of processor time. *Own* is the worker, and for an order API, relay, projections, jobs and our PostgreSQL as well; *engine* the Temporal server and its PostgreSQL; *outside* the simulated providers and the broker.',
        table: {
          columns: [
            '',
            'own',
            'engine',
            'outside',
            'load',
            'transactions here',
            'transactions of Temporal',
            'history events',
            'state transitions',
          ],
          rows: names.map((name) => [
            name,
            role(name, 'own'),
            role(name, 'engine'),
            role(name, 'outside'),
            role(name, 'load'),
            transactions(of(name), 'orders'),
            transactions(of(name), 'temporal'),
            known(of(name).map(({ historyEvents }) => historyEvents)),
            known(of(name).map(({ stateTransitions }) => stateTransitions)),
          ]),
        },
      },
      {
        heading: 'Where the time of an order goes',
        table: {
          columns: ['program', 'processor ms an order'],
          rows: shopPrograms.map((program) => [
            program,
            withSpread(
              of(ORDER).map(({ processorMsByProgram }) => processorMsByProgram?.[program] ?? Number.NaN),
            ),
          ]),
        },
      },
    ],
  };
}

function transactions(measurements: readonly Measurement[], database: string): string {
  if (measurements.some(({ transactionsByDatabase }) => transactionsByDatabase[database] === undefined))
    return '';
  return withSpread(measurements.map(({ transactionsByDatabase }) => transactionsByDatabase[database] ?? 0));
}

function known(values: readonly (number | null)[]): string | number {
  const numbers = values.filter((value) => value !== null);
  return numbers.length === 0 ? '' : median(numbers);
}
