/** What a check is, and the usual kind: one statement that selects what is wrong. */
import type { AuditedDatabase, Row } from './audited-database.ts';
import type { CarrierRecords } from './records/carrier-records.ts';
import type { PaymentRecords } from './records/payment-records.ts';
import type { WorkflowRecords } from './records/workflow-records.ts';
import type { Ids, Invariant } from './report.ts';

/** How long something may be under way before it counts as wrong, milliseconds. */
export interface Limits {
  /** What happened at another system later than this is not judged. */
  readonly graceMs: number;
  /** How long a message may wait to be handed on, and a workflow to begin or to end. */
  readonly backlogMs: number;
}

/** What is held against each other. A system that was not given is null, and checks that need it are left out. */
export interface World {
  readonly database: AuditedDatabase;
  readonly payments: PaymentRecords | null;
  readonly carrier: CarrierRecords | null;
  readonly workflows: WorkflowRecords | null;
  readonly limits: Limits;
}
export type System = 'payments' | 'carrier' | 'workflows';

/** Over `orders`: that no person has been called to the order, but by an audit. */
export const NOBODY_CALLED = `NOT EXISTS (
  SELECT FROM attention_causes WHERE attention_causes.order_id = orders.id AND code <> 'AUDIT_VIOLATION')`;

/** Over `orders`: the events of an order lie where its time says. */
export const ITS_EVENTS = `order_events.order_id = orders.id AND order_events.placed_at = orders.created_at`;

/** Over `orders`: whether its events are no longer kept, which is so only of an order at its end. What happened since then may be. */
export const EVENTS_DROPPED = `(orders.status IN ('completed', 'rejected', 'cancelled') AND EXISTS (
  SELECT FROM dropped_event_months WHERE orders.created_at >= placed_from AND orders.created_at < placed_until))`;

/** Over `orders`: when it came to where it stands. What calls a person to it changes nothing of that. */
export const STANDS_SINCE = `coalesce((
  SELECT max(occurred_at) FROM order_events WHERE ${ITS_EVENTS} AND type NOT LIKE 'commerce.order.attention%'), orders.updated_at)`;

export interface Finding {
  readonly ids: Ids;
  readonly message: string;
  readonly sql: string;
}

export interface Look {
  readonly checked: number;
  readonly findings: readonly Finding[];
}

export interface Check {
  readonly invariant: Invariant;
  /** A short name in plain words, unique. */
  readonly name: string;
  /** The systems besides the database that it needs. */
  readonly needs: readonly System[];
  /**
   * Whether what it finds may only be under way: then it is reported when it is still there after a while. A check over the
   * database alone sees one moment, in which nothing is half done.
   */
  readonly settles: boolean;
  look(world: World): Promise<Look>;
}

interface SqlCheck {
  readonly invariant: Invariant;
  readonly name: string;
  /** The table whose rows are held against it. */
  readonly over: string;
  /** Selects what is wrong: `message`, and columns with the ids that it is about. */
  readonly wrong: string | ((limits: Limits) => string);
  /** Shows the rows in question; `:name` stands for an id of that name. */
  readonly see: string;
  /** @default false */
  readonly settles?: boolean;
}

/** A check that is one statement, and so sees one moment. */
export function sqlCheck({ invariant, name, over, wrong, see, settles = false }: SqlCheck): Check {
  return {
    invariant,
    name,
    needs: [],
    settles,
    async look({ database, limits }) {
      const rows = await database.rows(typeof wrong === 'string' ? wrong : wrong(limits));
      return { checked: await database.count(over), findings: rows.map((row) => findingOf(row, see)) };
    },
  };
}

/** A row with `message` and ids as a finding. */
export function findingOf({ message, ...columns }: Row, see: string): Finding {
  const ids = Object.fromEntries(Object.entries(columns).map(([name, value]) => [name, String(value)]));
  return { ids, message: String(message), sql: fillIn(see, ids) };
}

/** Puts ids into a statement that a person will run. */
export function fillIn(statement: string, ids: Ids): string {
  return statement.replace(/(?<!:):([a-z]\w*)/gi, (_match, name: string) => {
    const id = ids[name];
    if (id === undefined) throw new Error(`A check says how to see "${name}", which it does not select`);
    return `'${id.replaceAll("'", "''")}'`;
  });
}
