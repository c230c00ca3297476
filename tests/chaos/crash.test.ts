/** A sample of the crash matrix, chosen by a seed; `npm run test:crash` runs all of it. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { CrashCampaign } from './crash/crash-campaign.ts';
import { sampleOf } from './crash/matrix.ts';
import { Seeded, seedOf } from './support/seeded.ts';

jest.setTimeout(600_000);

/** `CRASH_SEED=… npm test -- --testPathPatterns tests/chaos/crash` takes the same sample again. */
const seed = seedOf(process.env['CRASH_SEED']);

let campaign: CrashCampaign;
beforeAll(async () => {
  campaign = await CrashCampaign.start();
});
afterAll(() => campaign?.stop());

test(`whoever is killed wherever, every order comes to its right end (CRASH_SEED=${seed})`, async () => {
  const results = await campaign.run(sampleOf(new Seeded(seed)));
  const failed = results.flatMap(({ cell, problems }) =>
    problems.map((problem) => `${cell.name}: ${problem}`),
  );
  expect(failed).toEqual([]);
  expect(await campaign.finalProblems()).toEqual([]);
});
