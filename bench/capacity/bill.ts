/**
 * What an order costs at the list prices of Amazon in one region, from the cores that a plan has. Prices change: each says where
 * it was read and as of when, and deploy/capacity.md shows the same numbers.
 */
import type { Component } from './placement.ts';

export const REGION = 'us-east-1 (N. Virginia)';

export interface Price {
  readonly what: string;
  readonly dollars: number;
  readonly unit: string;
  /** The page that has it. */
  readonly page: string;
  /** As of when, and from which copy; `not verified` where no copy of a source was at hand. */
  readonly asOf: string;
}

export const PRICES = {
  vcpu: {
    what: 'Fargate, Linux on x86, a vCPU',
    dollars: 0.04048,
    unit: 'hour',
    page: 'https://aws.amazon.com/fargate/pricing/',
    asOf: 'March 2026',
  },
  memory: {
    what: 'Fargate, Linux on x86, a GB of memory',
    dollars: 0.004445,
    unit: 'hour',
    page: 'https://aws.amazon.com/fargate/pricing/',
    asOf: 'March 2026',
  },
  database: {
    what: 'RDS for PostgreSQL, db.r8g, a vCPU (a quarter of an xlarge), one zone',
    dollars: 0.1195,
    unit: 'hour',
    page: 'https://aws.amazon.com/rds/postgresql/pricing/',
    asOf: '2026',
  },
  storage: {
    what: 'RDS storage gp3, a GB, one zone',
    dollars: 0.115,
    unit: 'month',
    page: 'https://aws.amazon.com/rds/postgresql/pricing/',
    asOf: 'June 2026',
  },
  topic: {
    what: 'SNS FIFO, a message published',
    dollars: 0.3e-6,
    unit: 'message',
    page: 'https://aws.amazon.com/sns/pricing/',
    asOf: 'June 2026',
  },
  delivery: {
    what: 'SNS FIFO, a message delivered to a queue',
    dollars: 0.01e-6,
    unit: 'message',
    page: 'https://aws.amazon.com/sns/pricing/',
    asOf: 'not verified; January 2025',
  },
  queue: {
    what: 'SQS FIFO, a request',
    dollars: 0.5e-6,
    unit: 'request',
    page: 'https://aws.amazon.com/sqs/pricing/',
    asOf: 'March 2026',
  },
  mail: {
    what: 'SES, a mail',
    dollars: 0.1e-3,
    unit: 'mail',
    page: 'https://aws.amazon.com/ses/pricing/',
    asOf: 'an article without a date',
  },
  zones: {
    what: 'data between two zones, a GB, both directions',
    dollars: 0.02,
    unit: 'GB',
    page: 'https://aws.amazon.com/ec2/pricing/on-demand/',
    asOf: 'not verified; January 2025',
  },
  internet: {
    what: 'data to the internet, a GB',
    dollars: 0.09,
    unit: 'GB',
    page: 'https://aws.amazon.com/ec2/pricing/on-demand/',
    asOf: 'not verified; January 2025',
  },
  action: {
    what: 'Temporal Cloud, an action, beyond 100 million a month',
    dollars: 25e-6,
    unit: 'action',
    page: 'https://docs.temporal.io/cloud/pricing',
    asOf: '2025',
  },
} as const satisfies Readonly<Record<string, Price>>;

/** The events of an order that is completed, as docs/events/README.md has them; each is published by itself. */
export const EVENTS_OF_AN_ORDER = 10;
/** Confirmed and shipped. */
const MAILS_OF_AN_ORDER = 2;
const MEMORY_GB_PER_VCPU = 2;
/** The second zone has a standby of its own, which costs as much again. */
const ZONES = 2;
/** Assumed: what programs, databases and the broker say to each other, half of it across a zone; and what the customer is told. */
const INTERNAL_GB = 0.5e-3;
const CUSTOMER_GB = 0.01e-3;
/** How long Temporal keeps what is closed, and how long orders are kept in the bill's database, months. */
const MONTHS = { temporal: 1, orders: 12 };
/** Requests to take an event off a queue: a receive and a delete, each for up to ten; reckoned as if each had five. */
const REQUESTS_PER_EVENT = 2 / 5;

export interface BillLine {
  readonly what: string;
  /** How it is reckoned, in numbers. */
  readonly arithmetic: string;
  readonly dollarsPerOrder: number;
}

export interface BillInput {
  readonly cores: Readonly<Record<Component, number>>;
  readonly perSecond: number;
  readonly bytesPerOrder: { readonly orders: number; readonly temporal: number };
}

/**
 * Of Temporal Cloud, counted in the history of a completed order (tests/replay/histories/completed.json): its start, its update,
 * its activity, its timers and signals, and the local activities of each of its workflow tasks.
 */
export const TEMPORAL_CLOUD_ACTIONS = 15;

const PROGRAMS = [
  'api',
  'order-worker',
  'relay',
  'projections',
  'maintenance-worker',
  'temporal',
] as const satisfies readonly Component[];
const DATABASES = ['postgres', 'temporal-postgres'] as const satisfies readonly Component[];

/** All for a service that is busy with this rate around the clock. */
export function billOf({ cores, perSecond, bytesPerOrder }: BillInput): readonly BillLine[] {
  const ordersPerHour = perSecond * 3600;
  const sum = (names: readonly Component[]): number => names.reduce((all, name) => all + cores[name], 0);
  const [vcpus, databaseVcpus] = [sum(PROGRAMS), sum(DATABASES)];
  const gigabyteMonths =
    (bytesPerOrder.orders * MONTHS.orders + bytesPerOrder.temporal * MONTHS.temporal) / 1e9;
  const line = (what: string, arithmetic: string, dollarsPerOrder: number): BillLine => ({
    what,
    arithmetic,
    dollarsPerOrder,
  });
  const { vcpu, memory, database, storage, topic, delivery, queue, mail, zones, internet } = PRICES;
  return [
    line(
      'programs and the Temporal server',
      `${vcpus} vCPU × (${vcpu.dollars} + ${MEMORY_GB_PER_VCPU} × ${memory.dollars}) / ${ordersPerHour}`,
      (vcpus * (vcpu.dollars + MEMORY_GB_PER_VCPU * memory.dollars)) / ordersPerHour,
    ),
    line(
      'both PostgreSQL, in two zones',
      `${databaseVcpus} vCPU × ${ZONES} × ${database.dollars} / ${ordersPerHour}`,
      (databaseVcpus * ZONES * database.dollars) / ordersPerHour,
    ),
    line(
      'their storage',
      `(${kilobytes(bytesPerOrder.orders)} kB × ${MONTHS.orders} + ${kilobytes(bytesPerOrder.temporal)} kB × ${MONTHS.temporal}) × ${ZONES} × ${storage.dollars} / 10⁶`,
      gigabyteMonths * ZONES * storage.dollars,
    ),
    line(
      'events to the topic and to one queue',
      `${EVENTS_OF_AN_ORDER} × (${topic.dollars * 1e6} + ${delivery.dollars * 1e6} + ${REQUESTS_PER_EVENT} × ${queue.dollars * 1e6}) / 10⁶`,
      EVENTS_OF_AN_ORDER * (topic.dollars + delivery.dollars + REQUESTS_PER_EVENT * queue.dollars),
    ),
    line('mails', `${MAILS_OF_AN_ORDER} × ${mail.dollars}`, MAILS_OF_AN_ORDER * mail.dollars),
    line(
      'data',
      `${INTERNAL_GB * 1e6} kB × ${zones.dollars} / 10⁶ + ${CUSTOMER_GB * 1e6} kB × ${internet.dollars} / 10⁶`,
      INTERNAL_GB * zones.dollars + CUSTOMER_GB * internet.dollars,
    ),
  ];
}

/** What Temporal Cloud would cost in place of the Temporal server, its PostgreSQL and their share of the lines above. */
export function temporalCloudLine(): BillLine {
  return {
    what: 'Temporal Cloud instead of a server of our own',
    arithmetic: `${TEMPORAL_CLOUD_ACTIONS} × ${PRICES.action.dollars * 1e6} / 10⁶`,
    dollarsPerOrder: TEMPORAL_CLOUD_ACTIONS * PRICES.action.dollars,
  };
}

export function totalOf(lines: readonly BillLine[]): number {
  return lines.reduce((sum, { dollarsPerOrder }) => sum + dollarsPerOrder, 0);
}

function kilobytes(bytes: number): string {
  return (bytes / 1000).toFixed(1);
}
