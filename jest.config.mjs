/**
 * Tests run on native ES modules, as the programs do; swc only strips the types. Those beside the source need nothing
 * started; those below tests/ get a stack of their own, which is started only when one of them is to run.
 */
const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
};

const withStack = {
  ...common,
  globalSetup: '<rootDir>/tests/support/global-setup.ts',
  globalTeardown: '<rootDir>/tests/support/global-teardown.ts',
};

export default {
  maxWorkers: 2,
  // Not an option of a project; the default of five seconds is too short for a machine that is busy.
  testTimeout: 60_000,
  reporters: ['default', '<rootDir>/tests/support/count-reporter.mjs'],
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: [
        '<rootDir>/{src,db,embedded,simulators,bench,console}/**/*.test.ts',
        '<rootDir>/tests/architecture/**/*.test.ts',
      ],
    },
    {
      ...withStack,
      displayName: 'stack',
      testMatch: ['<rootDir>/tests/{integration,e2e,replay,chaos}/**/*.test.ts'],
    },
    {
      // Loads a million orders, which keeps the machine and its disk busy: npm run test:plans.
      ...withStack,
      displayName: 'plans',
      testMatch: ['<rootDir>/tests/plans/**/*.test.ts'],
    },
  ],
};
