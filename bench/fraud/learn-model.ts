/** Learns the weights of the fraud model: logistic regression by gradient descent over all orders at once. */
import {
  FEATURE_NAMES,
  featuresOf,
  logistic,
  type Feature,
  type FraudModel,
} from '../../src/domain/fraud/fraud-model.ts';
import type { LabelledOrder } from './synthetic-orders.ts';

const STEPS = 600;
const STEP_SIZE = 0.8;
/** Pulls weights towards nothing, so that two features that tell the same share it. */
const PULL = 0.0005;
/** Weights are kept with so many digits; more would not be the same on another processor. */
const DIGITS = 4;

/** @param version told with every assessment that the model takes part in */
export function learnModel(orders: readonly LabelledOrder[], version: string): FraudModel {
  const rows = orders.map(({ order, earlier }) => featuresOf(order, earlier));
  const scales = FEATURE_NAMES.map((name) => scaleOf(rows.map((row) => row[name])));
  const inputs = rows.map((row) =>
    FEATURE_NAMES.map((name, index) => {
      const { mean, deviation } = scales[index] ?? { mean: 0, deviation: 1 };
      return (row[name] - mean) / deviation;
    }),
  );
  const labels = orders.map(({ isFraud }) => (isFraud ? 1 : 0));
  const { bias, weights } = descend(inputs, labels);
  const features = Object.fromEntries(
    FEATURE_NAMES.map((name, index) => [name, { ...scales[index], weight: round(weights[index] ?? 0) }]),
  ) as Record<Feature, { mean: number; deviation: number; weight: number }>;
  return { version, bias: round(bias), features };
}

function descend(
  inputs: readonly (readonly number[])[],
  labels: readonly number[],
): { readonly bias: number; readonly weights: readonly number[] } {
  const weights = FEATURE_NAMES.map(() => 0);
  let bias = 0;
  for (let step = 0; step < STEPS; step += 1) {
    const slopes = FEATURE_NAMES.map(() => 0);
    let biasSlope = 0;
    for (const [row, input] of inputs.entries()) {
      const sum = input.reduce((all, value, index) => all + value * (weights[index] ?? 0), bias);
      const error = logistic(sum) - (labels[row] ?? 0);
      biasSlope += error;
      for (const [index, value] of input.entries()) slopes[index] = (slopes[index] ?? 0) + error * value;
    }
    bias -= (STEP_SIZE * biasSlope) / inputs.length;
    for (const [index, slope] of slopes.entries()) {
      const weight = weights[index] ?? 0;
      weights[index] = weight - STEP_SIZE * (slope / inputs.length + PULL * weight);
    }
  }
  return { bias, weights };
}

function scaleOf(values: readonly number[]): { readonly mean: number; readonly deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  // A feature that is the same everywhere says nothing, and must not be divided by nothing.
  return { mean: round(mean), deviation: round(Math.sqrt(variance)) || 1 };
}

function round(value: number): number {
  return Number(value.toFixed(DIGITS));
}
