/**
 * Loaded first in the threads that run workflows. Temporal's SDK notes where every promise of a workflow was made, for the
 * call stack in Temporal's pages, and goes on without where this call is not there. See workflow-threads.ts.
 */
'use strict';
const v8 = require('node:v8');

v8.promiseHooks.createHook = () => {
  const { console: present } = globalThis;
  // The SDK says there what was asked for here, once.
  globalThis.console = Object.create(present, {
    warn: {
      value: () => {
        globalThis.console = present;
      },
    },
  });
  throw new Error('Call stacks of workflows are switched off (WORKFLOW_CALL_STACKS)');
};
