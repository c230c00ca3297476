import config from './jest.config.mjs';

const unit = config.projects.find((project) => project.displayName === 'unit');

/**
 * Mutation testing: changes the code in small ways and sees whether a test notices. It looks at what decides about money,
 * stock and undoing: the domain and the saga helper. `npm run test:mutation` runs it.
 *
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  packageManager: 'npm',
  testRunner: 'jest',
  mutate: ['src/domain/**/*.ts', 'src/workflows/shared/saga.ts', '!**/*.test.ts'],
  jest: {
    config: {
      // The projects of the file that Stryker finds by itself would be run too, with all that they start.
      projects: [{ ...unit, testMatch: ['<rootDir>/src/{domain,workflows,activities}/**/*.test.ts'] }],
      reporters: [],
    },
    enableFindRelatedTests: true,
  },
  // Native ES modules are loaded once for a test file, so tests cannot be picked one by one for a mutant.
  coverageAnalysis: 'off',
  concurrency: 2,
  reporters: ['clear-text', 'json'],
  jsonReporter: { fileName: 'coverage/mutation.json' },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  // It would be rewritten for the copy through the JavaScript interface of TypeScript, which version 7 no longer has; swc needs none.
  tsconfigFile: 'none.json',
  tempDirName: 'coverage/stryker',
  thresholds: { high: 90, low: 80, break: 80 },
};
