/** What a person does about a cause of attention. Text for people; words between backticks are commands or names. */
export interface Runbook {
  /** How it comes about. */
  readonly causes: string;
  /** What to look at first, in this order. */
  readonly look: readonly string[];
  /** What to do, step by step. */
  readonly steps: readonly string[];
  /** How one sees that it is over. */
  readonly over: string;
}

/** Stands for the id of the order in commands. */
export const EXPLAIN = '`npm run saga -- orders explain ORDER`';
export const SHOW = '`npm run saga -- orders show ORDER`';
export const CANCEL = '`npm run saga -- orders cancel ORDER --reason …`';
export const REFUND = '`npm run saga -- orders refund ORDER --amount … --reason …`';
/** The usual end of what is tried on. */
export const CLEARS = 'The step goes well, and the cause goes away by itself within seconds of that.';
