/** What an audit says. */

/** Two of what must never be wrong, I26 and I27, are about what must not be stored; they are looked for elsewhere. */
export const INVARIANTS = [
  'I1',
  'I2',
  'I3',
  'I4',
  'I5',
  'I6',
  'I7',
  'I8',
  'I9',
  'I10',
  'I11',
  'I12',
  'I13',
  'I14',
  'I15',
  'I16',
  'I17',
  'I18',
  'I19',
  'I20',
  'I21',
  'I22',
  'I23',
  'I24',
  'I25',
] as const;
export type Invariant = (typeof INVARIANTS)[number];

export type Ids = Readonly<Record<string, string>>;

/** Something that is not as it must be. */
export interface Violation {
  readonly invariant: Invariant;
  /** The check that found it. */
  readonly check: string;
  /** What it is about, for example `{ orderId: 'ord_…' }`. */
  readonly ids: Ids;
  /** A plain sentence. */
  readonly message: string;
  /** A statement that shows the rows in question. */
  readonly sql: string;
}

export interface CheckCount {
  readonly invariant: Invariant;
  readonly name: string;
  /** How many things were held against it. */
  readonly checked: number;
}

/** The one document of `saga audit --json`. Times are RFC 3339 UTC. */
export interface AuditReport {
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly checks: readonly CheckCount[];
  readonly violations: readonly Violation[];
}

/** A violation as one line. */
export function violationLine({ invariant, check, ids, message }: Violation): string {
  return `${invariant} ${check}: ${Object.values(ids).join('@')}: ${message}`;
}
