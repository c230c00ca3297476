/** What a program does at a crash point: it says so to the campaign, and goes on when the campaign has answered. */
import { crashPoints } from './crash-points.ts';

/** Where the campaign listens. */
export const CRASH_POINT_URL_VARIABLE = 'CRASH_POINT_URL';

export interface ReachedPoint {
  readonly step: string;
  readonly at: string;
  /** The orders that the program is working on. */
  readonly orderIds: readonly string[];
}

const POINTS: ReadonlySet<string> = new Set(crashPoints().map(({ step, at }) => `${step}/${at}`));

export type Reach = (step: string, at: string, orderIds: readonly string[]) => Promise<void>;

/** @returns a function that waits at a point that is armed for one of the orders, and else returns at once */
export function connectToCampaign(): Reach {
  const url = process.env[CRASH_POINT_URL_VARIABLE];
  if (url === undefined) throw new Error(`${CRASH_POINT_URL_VARIABLE} is not set`);
  return async (step, at, orderIds) => {
    if (orderIds.length === 0 || !POINTS.has(`${step}/${at}`)) return;
    const reached: ReachedPoint = { step, at, orderIds };
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(reached) });
    if (!response.ok) throw new Error(`the campaign answered ${response.status}`);
  };
}
