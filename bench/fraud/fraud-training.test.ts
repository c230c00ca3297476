import { describe, expect, test } from '@jest/globals';
import { readFraudModel } from '../../src/adapters/fraud/read-fraud-model.ts';
import { assessFraud } from '../../src/domain/fraud/assess-fraud.ts';
import { NO_EARLIER_ORDERS } from '../../src/domain/fraud/fraud-facts.ts';
import { DEFAULT_FRAUD_SETTINGS } from '../../src/domain/fraud/fraud-settings.ts';
import { TRAINING, trainModel } from './fraud-training.ts';
import { measureScreening, scoreOrders } from './measure-screening.ts';

const model = readFraudModel();

describe('the fraud model', () => {
  test('is what the training makes of its seed', () => {
    expect(trainModel(TRAINING).model).toEqual(model);
  });

  test('tells fraud apart in orders that another seed has made', () => {
    const { heldOut } = trainModel({ seed: 7, orders: 1_000, heldOut: 10_000 });
    const measured = measureScreening(
      scoreOrders(heldOut, model, DEFAULT_FRAUD_SETTINGS),
      DEFAULT_FRAUD_SETTINGS,
    );
    expect(measured.precision).toBeGreaterThan(0.75);
    expect(measured.recall).toBeGreaterThan(0.45);
  });

  test('lets a first order pass that is usual in everything', () => {
    const { outcome } = assessFraud({
      order: {
        total: { amountMinor: 1_530, currency: 'GBP' },
        unitCount: 6,
        country: 'GB',
        mailDomain: 'example.com',
      },
      earlier: NO_EARLIER_ORDERS,
      external: 0.1,
      model,
      settings: DEFAULT_FRAUD_SETTINGS,
    });
    expect(outcome).toBe('pass');
  });
});

describe('the measure', () => {
  test('counts what passes and is stopped, and what each mistake costs', () => {
    const orders = [
      { score: 0.1, isFraud: false, amountMinor: 1_000 },
      { score: 0.1, isFraud: true, amountMinor: 5_000 },
      { score: 0.7, isFraud: true, amountMinor: 5_000 },
      { score: 0.9, isFraud: true, amountMinor: 5_000 },
      { score: 0.9, isFraud: false, amountMinor: 1_000 },
    ];
    expect(measureScreening(orders, DEFAULT_FRAUD_SETTINGS)).toEqual({
      counts: { pass: { good: 1, fraud: 1 }, review: { good: 0, fraud: 1 }, refuse: { good: 1, fraud: 1 } },
      precision: 2 / 3,
      recall: 2 / 3,
      refusalPrecision: 1 / 2,
      costMinor: 5_000 + 2_000 + 400 + 300,
    });
  });
});
