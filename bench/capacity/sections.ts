/** What the program and deploy/capacity.md show, so that both have the same numbers. */
import type { ReportSection, ReportTable } from '../../tests/chaos/support/report.ts';
import { billOf, PRICES, temporalCloudLine, totalOf, type BillLine, type Price } from './bill.ts';
import { TOLERANCE, type Calibration } from './calibration.ts';
import { demandsAt } from './demand.ts';
import { wholeLifeOf, type Measurements } from './measurements.ts';
import { componentMs, coresFor, endMs, type Limit } from './plan.ts';
import { COMPONENT_NAMES, type Component } from './placement.ts';
import type { Simulated } from './simulate.ts';
import { ordersPerSecond, singleThings } from './single-things.ts';

/** Within a zone or between two of a region; an assumption. */
export const NETWORK_MS = 0.5;

export function calibrationSection({ lines }: Calibration): ReportSection {
  return {
    heading: 'The machine that was measured, and the same machine simulated: first answer, milliseconds',
    text: `Median and 95th percentile may be ${TOLERANCE * 100} % apart. Others are programs that have nothing to do with it, as a part of the cores.`,
    table: {
      columns: [
        'orders/s',
        'provider',
        'others',
        'p50',
        'simulated',
        'p95',
        'simulated',
        'p99',
        'simulated',
        'apart',
      ],
      rows: lines.map(({ perSecond, providerMs, othersPart, measured, simulated, difference }) => [
        perSecond.toFixed(1),
        providerMs,
        `${(othersPart * 100).toFixed(0)} %`,
        ...(['p50', 'p95', 'p99'] as const).flatMap((which) => [
          measured[which].toFixed(0),
          simulated[which].toFixed(0),
        ]),
        `${(difference * 100).toFixed(0)} %`,
      ]),
    },
  };
}

/** Cores by component, for each rate. */
export function coresTable(
  measurements: Measurements,
  ratesPerSecond: readonly number[],
  ceiling: number,
): ReportTable {
  const demands = demandsAt(measurements, ceiling);
  const plans = ratesPerSecond.map((perSecond) => coresFor(demands, perSecond, ceiling));
  const all = (plan: Readonly<Record<Component, number>>): number =>
    COMPONENT_NAMES.reduce((sum, name) => sum + plan[name], 0);
  return {
    columns: [
      'component',
      'processor ms an order',
      'of it for its end',
      ...ratesPerSecond.map((rate) => `cores for ${rate}/s`),
    ],
    rows: [
      ...COMPONENT_NAMES.map((name) => [
        name,
        componentMs(demands, name).toFixed(1),
        endMs(demands, name).toFixed(1),
        ...plans.map((plan) => plan[name]),
      ]),
      [
        'all',
        ...[componentMs, endMs].map((msOf) =>
          COMPONENT_NAMES.reduce((sum, name) => sum + msOf(demands, name), 0).toFixed(1),
        ),
        ...plans.map(all),
      ],
    ],
  };
}

/** What is first at its end when a plan for one rate is asked for more. */
export function limitsTable(limits: readonly Limit[]): ReportTable {
  return {
    columns: ['first at its end', 'servers', 'ms an order', 'at orders/s'],
    rows: limits.map(({ name, servers, demandMs, saturatesPerSecond }) => [
      name,
      servers,
      demandMs.toFixed(1),
      saturatesPerSecond.toFixed(0),
    ]),
  };
}

/** What was measured, where and when. */
export function machineTable({ machine, measuredAt, commit, busy, end }: Measurements): ReportTable {
  const both = (first: number, atTheEnd: number): string => `${first.toFixed(1)} + ${atTheEnd.toFixed(1)}`;
  const transactions = (name: string): string =>
    both(busy.transactionsByDatabase[name] ?? 0, end.transactionsByDatabase[name] ?? 0);
  const stored = (name: 'orders' | 'temporal'): string =>
    `${both(busy.databaseBytes[name] / 1000, end.databaseBytes[name] / 1000)} kB`;
  return {
    columns: ['', ''],
    rows: [
      ['Measured', measuredAt],
      ['Commit', commit],
      ['Processor', `${machine.cores} × ${machine.processor}`],
      ['Memory', `${machine.memoryGib} GiB`],
      ['All cores taken at', `${busy.perSecond.toFixed(1)} orders a second`],
      ['Other programs used meanwhile', `${(busy.othersPart * 100).toFixed(0)} % of the cores`],
      ['Transactions an order, ours', transactions('orders')],
      ['Transactions an order, Temporal', transactions('temporal')],
      ['Stored for an order, ours', stored('orders')],
      ['Stored for an order, Temporal', stored('temporal')],
    ],
  };
}

export function singleThingsTable(measurements: Measurements): ReportTable {
  return {
    columns: ['there is one', 'it bears a second', 'an order takes', 'orders/s', 'then'],
    rows: singleThings(measurements).map((thing) => [
      thing.what,
      `${thing.perSecond} ${thing.unit}`,
      thing.ofAnOrder.toFixed(1),
      ordersPerSecond(thing).toFixed(0),
      thing.remedy,
    ]),
  };
}

/** What is to be expected of plans, or why nothing is said. */
export function predictionTable(
  plans: readonly { readonly perSecond: number; readonly simulated: Simulated }[],
  { refusals }: Calibration,
): ReportTable {
  if (refusals.length > 0)
    return { columns: ['no wait is predicted'], rows: refusals.map((refusal) => [refusal]) };
  return {
    columns: ['orders/s', 'first answer p50 ms', 'p95 ms', 'p99 ms', 'whole p95 ms', 'put off'],
    rows: plans.map(({ perSecond, simulated: { answerMs, wholeMs, shedPart } }) => [
      perSecond,
      ...[answerMs.p50, answerMs.p95, answerMs.p99, wholeMs.p95].map((ms) => ms.toFixed(0)),
      `${(shedPart * 100).toFixed(1)} %`,
    ]),
  };
}

export function billTable(
  measurements: Measurements,
  perSecond: number,
  cores: Readonly<Record<Component, number>>,
): ReportTable {
  const lines = billOf({ cores, perSecond, bytesPerOrder: wholeLifeOf(measurements).databaseBytes });
  const row = ({ what, arithmetic, dollarsPerOrder }: BillLine): string[] => [
    what,
    arithmetic,
    dollarsPerOrder.toFixed(7),
  ];
  return {
    columns: ['', 'arithmetic', '$ an order'],
    rows: [...lines.map(row), ['an order', '', totalOf(lines).toFixed(7)], row(temporalCloudLine())],
  };
}

export function pricesTable(): ReportTable {
  return {
    columns: ['price', '$', 'for each', 'page', 'as of'],
    rows: Object.values<Price>(PRICES).map(({ what, dollars, unit, page, asOf }) => [
      what,
      dollars < 0.001 ? `${Number((dollars * 1e6).toFixed(6))} / 10⁶` : dollars,
      unit,
      page,
      asOf,
    ]),
  };
}

export function predictionSections(perSecond: number, simulated: Simulated): ReportSection[] {
  const { answerMs, wholeMs, shedPart } = simulated;
  const row = (what: string, { p50, p95, p99 }: Simulated['answerMs']): string[] => [
    what,
    ...[p50, p95, p99].map((ms) => ms.toFixed(0)),
  ];
  return [
    {
      heading: `Simulated at ${perSecond} orders a second, milliseconds`,
      text: `${simulated.perSecond.toFixed(1)} whole orders a second; ${(shedPart * 100).toFixed(1)} % of the requests are put off.`,
      table: {
        columns: ['', 'p50', 'p95', 'p99'],
        rows: [row('first answer', answerMs), row('charged, mailed, in the read model', wholeMs)],
      },
    },
    {
      heading: 'How much of each is taken, simulated',
      table: {
        columns: ['station', 'servers', 'taken'],
        rows: simulated.stations
          .filter(({ servers, utilisation }) => Number.isFinite(servers) && utilisation > 0)
          .map(({ name, servers, utilisation }) => [name, servers, `${(utilisation * 100).toFixed(0)} %`]),
      },
    },
  ];
}
