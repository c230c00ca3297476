/**
 * Tells `npm test` how many tests passed and failed, and in which files they failed. A file that could not be run at all counts as one
 * failed test.
 */
import { writeFileSync } from 'node:fs';

export default class CountReporter {
  onRunComplete(_contexts, results) {
    const file = process.env.ORDER_SAGA_TEST_COUNT;
    if (!file) return;
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const failedFiles = results.testResults
      .filter(({ numFailingTests, testExecError }) => numFailingTests > 0 || testExecError)
      .map(({ testFilePath }) => testFilePath);
    writeFileSync(file, JSON.stringify({ passed: results.numPassedTests, failed, failedFiles }));
  }
}
