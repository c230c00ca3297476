/** What the engine needs for one node under load; measured, see the design notes on the life of an order. */
export const DYNAMIC_CONFIGURATION = {
  'system.enableActivityEagerExecution': true,
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
  'frontend.namespaceRPS': 100_000,
  'frontend.rps': 100_000,
  'matching.rps': 100_000,
  'history.rps': 100_000,
  'history.transferProcessorMaxPollRPS': 1000,
} as const;
