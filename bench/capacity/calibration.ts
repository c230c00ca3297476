/** The simulation held against the machine that was measured, at the rates that were measured there. */
import { demandsOf, orderWorkOf } from './demand.ts';
import type { Measurements } from './measurements.ts';
import { onOneMachine } from './placement.ts';
import { simulate, type Quantiles } from './simulate.ts';

/**
 * How far the simulated median and 95th percentile of the first answer may be from the measured ones, as a part of these. Two
 * runs of the same code on a shared machine differ by a third (docs/adr/0022), so nothing nearer can be asked for.
 */
export const TOLERANCE = 0.35;

/** Of the cores: when other programs used more while it was measured, customers waited for those, which nobody simulates. */
export const MOST_FOR_OTHERS = 0.1;

export interface CalibrationLine {
  readonly perSecond: number;
  readonly providerMs: number;
  /** Part of the cores that other programs used while it was measured. */
  readonly othersPart: number;
  readonly measured: Quantiles;
  readonly simulated: Quantiles;
  /** The larger of the two differences, as a part of what was measured. */
  readonly difference: number;
}

export interface Calibration {
  readonly lines: readonly CalibrationLine[];
  /** Why nothing may be predicted from these measurements; empty when it may. */
  readonly refusals: readonly string[];
}

/** @param orders how many are simulated at each rate */
export function calibrate(measurements: Measurements, orders: number, seed: number): Calibration {
  const placement = onOneMachine(measurements.machine.cores);
  const lines = measurements.waits.map((wait) => {
    const { perSecond, providerMs, othersPart, answerMs: measured } = wait;
    const { answerMs: simulated } = simulate({
      // How long work waits is what is simulated; how much work it was at that rate has been measured.
      demands: demandsOf(measurements, orderWorkOf(measurements, wait)),
      placement,
      perSecond,
      providerMs,
      orders,
      seed,
    });
    const apart = (which: 'p50' | 'p95'): number => Math.abs(simulated[which] / measured[which] - 1);
    return {
      perSecond,
      providerMs,
      othersPart,
      measured,
      simulated,
      difference: Math.max(apart('p50'), apart('p95')),
    };
  });
  return { lines, refusals: [...disturbances(measurements), ...differences(lines)] };
}

function disturbances({ alone, waits }: Measurements): string[] {
  const most = Math.max(alone.othersPart, ...waits.map(({ othersPart }) => othersPart));
  if (most <= MOST_FOR_OTHERS) return [];
  return [
    `Other programs used ${percent(most)} of the cores while it was measured; more than ${percent(MOST_FOR_OTHERS)} spoils it.`,
  ];
}

function differences(lines: readonly CalibrationLine[]): string[] {
  if (lines.length === 0) return ['There is no rate in it to compare with.'];
  const most = Math.max(...lines.map(({ difference }) => difference));
  if (most <= TOLERANCE) return [];
  return [
    `What is simulated is up to ${percent(most)} from what was measured; more than ${percent(TOLERANCE)} is too far.`,
  ];
}

function percent(part: number): string {
  return `${(part * 100).toFixed(0)} %`;
}
