import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { FEATURE_NAMES, type FraudModel } from '../../domain/fraud/fraud-model.ts';

const weights = z.object({
  mean: z.number(),
  deviation: z.number().positive(),
  weight: z.number(),
});

const model = z.object({
  version: z.string().min(1),
  bias: z.number(),
  features: z.record(z.enum(FEATURE_NAMES as [(typeof FEATURE_NAMES)[number]]), weights),
});

/** Where `npm run train:fraud` leaves what it has learned. */
export const FRAUD_MODEL_FILE = new URL('../../domain/fraud/fraud-model.json', import.meta.url);

/** @throws Error when the file is not what the training writes, or lacks a feature */
export function readFraudModel(file: URL = FRAUD_MODEL_FILE): FraudModel {
  return model.parse(JSON.parse(readFileSync(file, 'utf8')));
}
