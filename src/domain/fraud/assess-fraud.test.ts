import { describe, expect, test } from '@jest/globals';
import { assessFraud, outcomeOf, type ExternalScore } from './assess-fraud.ts';
import { NO_EARLIER_ORDERS, type EarlierOrders, type ScreenedOrder } from './fraud-facts.ts';
import { FEATURE_NAMES, type Feature, type FraudModel } from './fraud-model.ts';
import { DEFAULT_FRAUD_SETTINGS, type FraudSettings } from './fraud-settings.ts';

const ORDER: ScreenedOrder = {
  total: { amountMinor: 1_530, currency: 'GBP' },
  unitCount: 6,
  country: 'GB',
  mailDomain: 'example.com',
};
/** Everything that rules can see at once. */
const SUSPICIOUS: EarlierOrders = {
  customer: { lastHour: 40, amountLastDayMinor: 2_000_000, accepted: 5, meanMinor: 100, country: 'FR' },
  card: { lastDay: 40, otherCustomers: 9, country: 'FR' },
  address: { lastDay: 40, otherCustomers: 9 },
};
const WORST: ScreenedOrder = { ...ORDER, mailDomain: 'mailinator.com' };

/** A model that looks at one feature, with this weight. */
function modelOf(feature: Feature, weight: number, bias = 0): FraudModel {
  const features = Object.fromEntries(
    FEATURE_NAMES.map((name) => [name, { mean: 0, deviation: 1, weight: name === feature ? weight : 0 }]),
  ) as FraudModel['features'];
  return { version: 'test', bias, features };
}
/** Gives 0.5 to every order. */
const UNDECIDED = modelOf('AMOUNT', 0);

function assess(
  changes: {
    readonly order?: ScreenedOrder;
    readonly earlier?: EarlierOrders;
    readonly external?: ExternalScore;
    readonly model?: FraudModel;
    readonly weights?: FraudSettings['weights'];
  } = {},
) {
  const {
    order = ORDER,
    earlier = NO_EARLIER_ORDERS,
    external = 'not_configured',
    model = UNDECIDED,
  } = changes;
  const settings = { ...DEFAULT_FRAUD_SETTINGS, ...(changes.weights && { weights: changes.weights }) };
  return assessFraud({ order, earlier, external, model, settings });
}

describe('the score of an order', () => {
  test('is the weighted mean of all scorers', () => {
    const { score, parts, degraded } = assess({ external: 1 });
    expect(parts.map(({ scorer, weight }) => [scorer, weight])).toEqual([
      ['rules', 0.3],
      ['model', 0.5],
      ['external', 0.2],
    ]);
    expect(score).toBeCloseTo(0.5 * 0.5 + 0.2, 12);
    expect(degraded).toEqual([]);
  });

  test('leaves out a scorer that did not answer, scales the others up, and says so', () => {
    const { score, parts, degraded } = assess({ external: 'not_answered' });
    expect(parts.map(({ weight }) => weight)).toEqual([0.3 / 0.8, 0.5 / 0.8]);
    expect(score).toBeCloseTo((0.5 * 0.5) / 0.8, 12);
    expect(degraded).toEqual(['external']);
  });

  test('is the same without a scorer that is not configured, which is not missing', () => {
    expect(assess({ external: 'not_configured' })).toEqual({
      ...assess({ external: 'not_answered' }),
      degraded: [],
    });
  });

  test('is nothing when those that answer are set to weigh nothing', () => {
    const weights = { rules: 0, model: 0, external: 1 };
    expect(assess({ weights, external: 'not_answered', earlier: SUSPICIOUS })).toMatchObject({
      score: 0,
      outcome: 'pass',
    });
    expect(assess({ weights, external: 0.7 })).toMatchObject({ score: 0.7, outcome: 'review' });
  });

  test('stays between 0 and 1, whatever is seen', () => {
    const model = modelOf('DISPOSABLE_MAIL', 500);
    const { score } = assess({ order: WORST, earlier: SUSPICIOUS, external: 1, model });
    expect(score).toBe(1);
    expect(assess({ external: 0, model: modelOf('AMOUNT', 0, -500) }).score).toBeCloseTo(0, 12);
  });
});

describe('the explanation', () => {
  const cases = [ORDER, WORST].flatMap((order) =>
    [NO_EARLIER_ORDERS, SUSPICIOUS].flatMap((earlier) =>
      ([0, 0.3, 1, 'not_answered'] as const).map((external) => ({ order, earlier, external })),
    ),
  );

  test.each(cases)('has shares that add up to the score (%#)', ({ order, earlier, external }) => {
    const { score, parts } = assess({
      order,
      earlier,
      external,
      model: modelOf('AMOUNT_TIMES_MEAN', 0.4, -1),
    });
    const shares = parts.flatMap(({ signals }) => signals.map(({ share }) => share));
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(score, 9);
    for (const part of parts) {
      const own = part.signals.reduce((sum, { share }) => sum + share, 0);
      expect(own).toBeCloseTo(part.weight * part.score, 9);
    }
  });

  test('has a sentence for every signal, which names nobody', () => {
    const { parts } = assess({ order: WORST, earlier: SUSPICIOUS, external: 0.4 });
    for (const { sentence } of parts.flatMap(({ signals }) => signals)) {
      expect(sentence).toMatch(/^[A-Z].+\.$/);
      expect(sentence).not.toContain('mailinator');
    }
  });

  test('says of a feature that speaks for the order that it takes from the score', () => {
    const { parts } = assess({ model: modelOf('UNITS', -1) });
    const units = parts[1]?.signals.find(({ code }) => code === 'UNITS');
    expect(units?.share).toBeLessThan(0);
    expect(units?.sentence).toContain('speaks for the order');
  });
});

describe('the outcome', () => {
  test.each([
    [0.599, 'pass'],
    [0.6, 'review'],
    // What fractions make of 0.1 + 0.5.
    [0.1 + 0.2 + 0.3 - Number.EPSILON, 'review'],
    [0.799, 'review'],
    [0.8 - Number.EPSILON, 'refuse'],
    [1, 'refuse'],
  ] as const)('of a score of %d is %s', (score, outcome) => {
    expect(outcomeOf(score, DEFAULT_FRAUD_SETTINGS)).toBe(outcome);
  });
});
