/** A small sample of `npm run test:races`: the same races over the same programs, each as small as it can be and still be one. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { RACES, runRace, startShop } from './races/run-races.ts';
import { MESSAGE_RACES } from './races/message-races.ts';
import { Seeded, seedOf } from './support/seeded.ts';
import type { ShopLab } from './support/shop-lab.ts';

jest.setTimeout(300_000);

/** Decides which duels are fought, and all that is left to chance. RACES_SEED runs an earlier sample again. */
const seed = seedOf(process.env['RACES_SEED']);
/** The large crowd is the small one once more. */
const LEFT_OUT = ['hundred-units'];
const DUELS = 3;

const duels = new Seeded(seed).sample(MESSAGE_RACES, DUELS);
const sample = RACES.filter(
  (race) => !LEFT_OUT.includes(race.name) && (!MESSAGE_RACES.includes(race) || duels.includes(race)),
);

describe(`races of seed ${seed}`, () => {
  let lab: ShopLab;
  beforeAll(async () => {
    lab = await startShop();
  });
  afterAll(() => lab?.stop());

  test.each(sample)('$name: $promise', async (race) => {
    const again = `npm run test:races -- --seed ${seed} --scale 0 --only ${race.name}`;
    const { problems, numbers } = await runRace(race, lab, { seed, scale: 0, say: () => undefined });
    expect({ problems, again }).toEqual({ problems: [], again });
    expect(Object.keys(numbers)).not.toEqual([]);
  });
});
