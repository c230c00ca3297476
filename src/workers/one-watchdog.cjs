/**
 * Loaded first in the threads that run workflows. The SDK calls into a workflow several times for one activation, and starts
 * a watchdog, which is a thread of its own, for each call. Here one watches over all calls of an activation, for the same
 * time. See workflow-threads.ts.
 */
'use strict';
const vm = require('node:vm');
const { parentPort } = require('node:worker_threads');

/** What the SDK asks of a thread that ends up in a workflow, without waiting in between. */
const WATCHED = new Set(['create-workflow', 'activate-workflow', 'dispose-workflow']);
const WORK = Symbol.for('order-saga.watchedWork');
const doWork = new vm.Script('globalThis[Symbol.for("order-saga.watchedWork")]()');
const { runInContext } = vm.Script.prototype;

let isWatched = false;
vm.Script.prototype.runInContext = function (context, options) {
  return runInContext.call(this, context, isWatched ? { ...options, timeout: undefined } : options);
};

/** As long as the SDK was told to let one call run. */
let timeLimitMs = 5_000;

function watch(listener, request) {
  globalThis[WORK] = () => void listener(request);
  isWatched = true;
  try {
    doWork.runInThisContext({ timeout: timeLimitMs });
  } catch ({ name, message, stack }) {
    // The listener was cut off, and cannot answer any more.
    const result = { type: 'error', name, message, stack };
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port has none
    parentPort.postMessage({ requestId: request.requestId, result });
  } finally {
    isWatched = false;
  }
}

const { on } = parentPort;
parentPort.on = function (event, listener) {
  if (event !== 'message') return on.call(this, event, listener);
  return on.call(this, event, (request) => {
    const { type, isolateExecutionTimeoutMs } = request.input;
    if (type === 'init') timeLimitMs = isolateExecutionTimeoutMs;
    if (WATCHED.has(type)) watch(listener, request);
    else void listener(request);
  });
};
