/** What there is one of, or a fixed number, so that no further process helps: how many orders a second it bears. */
import { EVENTS_OF_AN_ORDER } from './bill.ts';
import { demandsAt } from './demand.ts';
import { wholeLifeOf, type Measurements } from './measurements.ts';
import { componentMs } from './plan.ts';

export interface SingleThing {
  readonly what: string;
  /** What it bears a second. */
  readonly perSecond: number;
  /** How many of these an order takes. */
  readonly ofAnOrder: number;
  readonly unit: string;
  /** What to do then. */
  readonly remedy: string;
}

/** Of gp3 storage below 400 GiB, and from there on, where RDS spreads it over four volumes. */
const SMALL_STORAGE_WRITES = 3_000;
const LARGE_STORAGE_WRITES = 12_000;
/** Amazon's quota for a region where it is not higher. */
const TOPIC_MESSAGES = 3_000;
/** As docker-compose.yml has it; a shard writes one change at a time, reckoned at 10 ms for each. */
const HISTORY_SHARDS = 512;
const WRITES_OF_A_SHARD = 100;
/** A large machine with half of it left. */
const LARGE_MACHINE_CORES = 64;
const HALF_BUSY = 0.5;

/** What is first at its end first. */
export function singleThings(measurements: Measurements): readonly SingleThing[] {
  const { transactionsByDatabase, stateTransitions } = wholeLifeOf(measurements);
  const demands = demandsAt(measurements, HALF_BUSY);
  const transactions = (name: string): number => transactionsByDatabase[name] ?? 0;
  const things: SingleThing[] = [
    {
      what: 'our PostgreSQL on gp3 below 400 GiB, if every transaction were a write of its own',
      perSecond: SMALL_STORAGE_WRITES,
      ofAnOrder: transactions('orders'),
      unit: 'writes',
      remedy: 'storage of 400 GiB or more',
    },
    {
      what: 'the PostgreSQL of Temporal on the same',
      perSecond: SMALL_STORAGE_WRITES,
      ofAnOrder: transactions('temporal'),
      unit: 'writes',
      remedy: 'storage of 400 GiB or more',
    },
    {
      what: 'our PostgreSQL on gp3 from 400 GiB',
      perSecond: LARGE_STORAGE_WRITES,
      ofAnOrder: transactions('orders'),
      unit: 'writes',
      remedy: 'provisioned writes, or io2',
    },
    {
      what: 'one SNS FIFO topic at the quota of 3,000 messages a second',
      perSecond: TOPIC_MESSAGES,
      ofAnOrder: EVENTS_OF_AN_ORDER,
      unit: 'messages',
      remedy: 'ask Amazon for a higher quota; the topic already counts by order',
    },
    {
      what: `our PostgreSQL on ${LARGE_MACHINE_CORES} cores, half of them busy`,
      perSecond: LARGE_MACHINE_CORES * 1000 * HALF_BUSY,
      ofAnOrder: componentMs(demands, 'postgres'),
      unit: 'processor ms',
      remedy: 'read model and waiting rooms in a database of their own',
    },
    {
      what: `the PostgreSQL of Temporal on ${LARGE_MACHINE_CORES} cores, half of them busy`,
      perSecond: LARGE_MACHINE_CORES * 1000 * HALF_BUSY,
      ofAnOrder: componentMs(demands, 'temporal-postgres'),
      unit: 'processor ms',
      remedy: 'visibility in a database of its own, then Cassandra',
    },
    {
      what: `${HISTORY_SHARDS} history shards`,
      perSecond: HISTORY_SHARDS * WRITES_OF_A_SHARD,
      ofAnOrder: stateTransitions,
      unit: 'writes',
      remedy: 'none: the number is for ever',
    },
  ];
  return things.toSorted((one, other) => ordersPerSecond(one) - ordersPerSecond(other));
}

export function ordersPerSecond({ perSecond, ofAnOrder }: SingleThing): number {
  return perSecond / ofAnOrder;
}
