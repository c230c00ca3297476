/** Measurements in round numbers, for tests. */
import type { Measurements } from './measurements.ts';

/** Two cores; an order costs 100 ms of them, half of it before the answer, which comes after 60 ms when nobody is in the way; its end costs no processor time. */
export function exampleMeasurements(): Measurements {
  const busy = {
    api: 10,
    'order-worker-1': 40,
    temporal: 10,
    'temporal-postgres': 10,
    postgres: 20,
    relay: 5,
    projections: 5,
  };
  const half = Object.fromEntries(Object.entries(busy).map(([name, ms]) => [name, ms / 2]));
  return {
    measuredAt: '2026-01-02T10:00:00.000Z',
    commit: '0123456789ab',
    machine: { processor: 'made up', cores: 2, memoryGib: 8 },
    busy: {
      inFlight: 40,
      perSecond: 20,
      othersPart: 0,
      processorMsByProgram: busy,
      workerThreadShares: { 'main thread': 0.5, WorkerThread: 0.25, 'tokio-runtime-w': 0.25 },
      transactionsByDatabase: { orders: 20, temporal: 20 },
      databaseBytes: { orders: 20_000, temporal: 30_000 },
      historyEvents: 19,
      stateTransitions: 6,
    },
    alone: {
      orders: 100,
      othersPart: 0,
      answerMs: { p50: 60, p95: 80, p99: 90 },
      wholeMs: { p50: 160, p95: 200, p99: 220 },
      processorMsBeforeAnswerByProgram: half,
      processorMsByProgram: busy,
      idleProcessorMsPerSecondByProgram: {},
    },
    waits: [],
    end: {
      orders: 100,
      othersPart: 0,
      processorMsByProgram: {},
      transactionsByDatabase: { orders: 10, temporal: 10 },
      databaseBytes: { orders: 5_000, temporal: 5_000 },
      historyEvents: 20,
      stateTransitions: 8,
    },
  };
}
