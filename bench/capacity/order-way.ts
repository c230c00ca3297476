/**
 * The way of an order through the programs, as data: which does a piece of work after which, until the answer, after it, and at
 * its end.
 * How much work each does is measured (measurements.ts), and spread evenly over its pieces; only the order is said here.
 */

/** A program, or a kind of thread in one that has several kinds. */
export type Doer =
  | 'api'
  | 'worker-native'
  | 'worker-workflows'
  | 'worker-activities'
  | 'temporal'
  | 'temporal-postgres'
  | 'postgres'
  | 'relay'
  | 'projections'
  | 'maintenance-worker'
  | 'payment-provider'
  | 'carrier'
  | 'mail'
  | 'aws'
  | 'load';

/** What is held from here on, from the API's or the worker's limits, until it is let go. */
export type Hold = 'workflow-task-slot';

export interface Piece {
  readonly by: Doer;
  /** Whose connection pool a statement comes from. */
  readonly pool?: 'api' | 'order-worker';
  /** A call that takes the payment provider its time. */
  readonly isPayment?: true;
  readonly takes?: Hold;
  readonly gives?: Hold;
}

const fromApi: Piece = { by: 'postgres', pool: 'api' };
const fromWorker: Piece = { by: 'postgres', pool: 'order-worker' };
const payment: Piece = { by: 'payment-provider', isPayment: true };
const of = (...doers: readonly Doer[]): Piece[] => doers.map((by) => ({ by }));
const begins: Piece = { by: 'worker-native', takes: 'workflow-task-slot' };
const ends: Piece = { by: 'worker-native', gives: 'workflow-task-slot' };

/** src/api/orders/place-order.handler.ts, and the first workflow task with its local activities. */
export const BEFORE_ANSWER: readonly Piece[] = [
  ...of('load', 'api'),
  fromApi,
  ...of('api'),
  fromApi,
  ...of('api', 'temporal', 'temporal-postgres', 'temporal'),
  begins,
  ...of('worker-workflows', 'worker-activities'),
  fromWorker,
  ...of('worker-activities'),
  payment,
  ...of('worker-activities'),
  fromWorker,
  ...of('worker-activities', 'worker-workflows'),
  ends,
  ...of('temporal', 'temporal-postgres', 'temporal', 'api'),
  fromApi,
  ...of('api'),
  fromApi,
  ...of('api', 'load'),
];

/** Label, charge, mails and webhooks, then the last events to the read model. */
export const AFTER_ANSWER: readonly Piece[] = [
  ...of('temporal', 'temporal-postgres', 'temporal'),
  begins,
  ...of('worker-workflows', 'worker-activities', 'carrier', 'worker-activities'),
  fromWorker,
  ...of('worker-activities', 'worker-workflows', 'worker-activities'),
  payment,
  ...of('worker-activities'),
  fromWorker,
  ...of('worker-activities', 'mail', 'worker-activities'),
  fromWorker,
  ...of('worker-activities', 'worker-workflows'),
  ends,
  ...of('temporal', 'temporal-postgres', 'temporal', 'api'),
  fromApi,
  ...of('relay', 'postgres', 'aws', 'relay', 'postgres', 'projections', 'postgres', 'aws'),
  ...of('maintenance-worker', 'postgres', 'load'),
];

/** A parcel's webhook, and what the workflow makes of it; the other wakings of an order's end go the same way. */
export const AT_THE_END: readonly Piece[] = [
  ...of('carrier', 'api'),
  fromApi,
  ...of('api', 'relay', 'postgres', 'relay', 'temporal', 'temporal-postgres', 'temporal'),
  begins,
  ...of('worker-workflows', 'worker-activities'),
  fromWorker,
  ...of('worker-activities', 'mail', 'worker-activities', 'worker-workflows'),
  ends,
  ...of('temporal', 'temporal-postgres', 'temporal'),
  ...of('relay', 'postgres', 'aws', 'relay', 'projections', 'postgres', 'aws'),
  ...of('maintenance-worker', 'postgres', 'payment-provider', 'load'),
];
