/** One case from its seed to its verdict. */
import { Seeded } from '../support/seeded.ts';
import { Customers } from './customers.ts';
import type { FaultCase, FaultLab } from './fault-lab.ts';
import { findProblems, markOf } from './verify.ts';

export interface CaseResult {
  readonly fault: string;
  readonly name: string;
  readonly seed: number;
  readonly orders: number;
  /** How often each status came as an answer; `lost` is a connection that ended without one. */
  readonly answers: Readonly<Record<string, number>>;
  readonly tookMs: number;
  /** Empty when all is well. */
  readonly problems: readonly string[];
}

/** Runs a case, takes its fault back whatever became of it, and looks at everything. Never rejects: what went wrong is a problem. */
export async function runCase(lab: FaultLab, one: FaultCase, seed: number): Promise<CaseResult> {
  const startedAt = performance.now();
  const random = new Seeded(seed ^ hashOf(one.name));
  lab.customers = new Customers(lab.shop, random.fork());
  lab.mayEnd.clear();
  const before = markOf(lab);
  const problems: string[] = [];
  const note = (error: unknown): void => {
    problems.push(error instanceof Error ? error.message : String(error));
  };
  try {
    await one.run(lab, random);
  } catch (error) {
    note(error);
  }
  try {
    await lab.heal();
    problems.push(...(await findProblems(lab, before)));
  } catch (error) {
    note(error);
  }
  return {
    fault: one.fault,
    name: one.name,
    seed,
    orders: lab.customers.purchases.length,
    answers: Object.fromEntries([...lab.customers.answers].map(([status, count]) => [String(status), count])),
    tookMs: Math.round(performance.now() - startedAt),
    problems,
  };
}

/** Each case draws from a source of its own, so that one alone does what it does among the others. */
function hashOf(text: string): number {
  let hash = 0;
  for (const character of text) hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) | 0;
  return hash & 0x7fff_ffff;
}
