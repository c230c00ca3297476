/**
 * Loaded first in the threads that run workflows. Temporal's SDK notes where every promise of a workflow was made, for the
 * call stack in Temporal's pages, and goes on without where this call is not there. See workflow-threads.ts.
 */
'use strict';
const v8 = require('node:v8');

v8.promiseHooks.createHook = () => {
  // The SDK says on the console what was asked for here.
  const { warn } = console;
  console.warn = () => {
    console.warn = warn;
  };
  throw new Error('Call stacks of workflows are switched off (WORKFLOW_CALL_STACKS)');
};
