/** Which cells are run together, which of them a short run takes, and how they stand in a table. */
import type { ReportTable } from '../support/report.ts';
import type { Seeded } from '../support/seeded.ts';
import type { CellResult } from './crash-campaign.ts';
import { cells, crashPoints, VICTIMS, type Cell, type Victim } from './crash-points.ts';

/** Side by side on two processors; every one of them adds to what a kill hits. */
const CELLS_AT_ONCE = 16;
const ALL_VICTIMS = Object.keys(VICTIMS) as Victim[];

/**
 * Cells of one victim whose points lie close to each other, so that one kill serves several. The seed decides which come first.
 */
export function batchesOf(selected: readonly Cell[], random: Seeded): Cell[][] {
  const batches = ALL_VICTIMS.flatMap((victim) => {
    const own = selected.filter((cell) => cell.victim === victim);
    return Array.from({ length: Math.ceil(own.length / CELLS_AT_ONCE) }, (_, index) =>
      own.slice(index * CELLS_AT_ONCE, (index + 1) * CELLS_AT_ONCE),
    );
  });
  return random.shuffle(batches);
}

/** One cell of each victim, and a few more of the worker, which has the most to lose. */
export function sampleOf(random: Seeded): Cell[] {
  const all = cells();
  const ofEach = ALL_VICTIMS.map((victim) => random.pick(all.filter((cell) => cell.victim === victim)));
  const more = all.filter((cell) => cell.victim === 'worker' && !ofEach.includes(cell));
  return [...ofEach, ...random.sample(more, 3)];
}

/** A row for each point, a column for each victim: seconds from the request that placed the order until it was over. */
export function matrixTable(results: readonly CellResult[]): ReportTable {
  const byName = new Map(results.map((result) => [result.cell.name, result]));
  return {
    columns: ['Step', 'Killed at', ...Object.values(VICTIMS)],
    rows: crashPoints()
      .filter(({ step, at }) => ALL_VICTIMS.some((victim) => byName.has(`${step}/${at}@${victim}`)))
      .map(({ step, at }) => [
        step,
        at === 'before' || at === 'after' ? at : `after ${at}`,
        ...ALL_VICTIMS.map((victim) => {
          const result = byName.get(`${step}/${at}@${victim}`);
          if (result === undefined) return '';
          return `${result.problems.length === 0 ? '✔' : '✖'} ${(result.tookMs / 1000).toFixed(1)}`;
        }),
      ]),
  };
}
