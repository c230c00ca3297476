/** A sample of the campaign (`npm run test:faults`): one case of each kind, chosen by a seed that a failure tells. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { FAULT_CASES } from './faults/cases.ts';
import { FaultLab } from './faults/fault-lab.ts';
import { runCase } from './faults/run-case.ts';
import { Seeded, seedOf } from './support/seeded.ts';

jest.setTimeout(600_000);

/** Those that take longest on a quiet machine are left to the campaign, as is what only root can do. */
const TAKES_LONG =
  /^(half-open|disk|herd|swallow|statement-timeout|maintenance|conflict|poison-message|capture-after|no-workflow-cache|small-workflow-cache|lost-workflow-task|slow-consumer|stopped|lost-replies-)/;
/** One of each of these. */
const KINDS = ['F6', 'F7', 'F9', 'F12', 'F14', 'F15', 'F19'];

const seed = seedOf(process.env['FAULTS_SEED']);
const random = new Seeded(seed);
const sample = KINDS.map((kind) =>
  random.pick(FAULT_CASES.filter(({ fault, name }) => fault === kind && !TAKES_LONG.test(name))),
);

describe(`a shop with trouble (FAULTS_SEED=${seed})`, () => {
  let lab: FaultLab;
  beforeAll(async () => {
    lab = await FaultLab.start({
      disk: false,
      random,
      say: (message) => void process.stderr.write(`${message}\n`),
    });
  });
  afterAll(() => lab?.stop());

  test.each(sample.map((one) => [one.fault, one.name, one] as const))(
    'keeps every promise: %s %s',
    async (_fault, _name, one) => {
      expect((await runCase(lab, one, seed)).problems).toEqual([]);
    },
  );
});
