/** One machine scales by the same numbers as a cluster. */
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { CLUSTER_RULE, LOOK_INTERVAL_MS, type ScalingPace } from '../../embedded/scaling/scaling-rule.ts';
import { manifest } from './kubernetes-manifests.ts';

/** Strict, so that a number that is added to the manifest has to be added to the rule. */
const pace = z.strictObject({
  stabilizationWindowSeconds: z.number(),
  policies: z.tuple([
    z.strictObject({ type: z.literal('Percent'), value: z.number(), periodSeconds: z.number() }),
  ]),
});
const { pollingInterval, advanced, triggers } = z
  .object({
    pollingInterval: z.number(),
    advanced: z.object({
      horizontalPodAutoscalerConfig: z.strictObject({
        behavior: z.strictObject({ scaleUp: pace, scaleDown: pace }),
      }),
    }),
    triggers: z.tuple([
      z.object({
        type: z.literal('temporal'),
        metricType: z.literal('AverageValue'),
        metadata: z.object({ queueTypes: z.literal('workflow,activity'), targetQueueSize: z.string() }),
      }),
      z.object({
        type: z.literal('cpu'),
        metricType: z.literal('Utilization'),
        metadata: z.strictObject({ value: z.string() }),
      }),
    ]),
  })
  .parse(manifest('ScaledObject', 'order-worker')['spec']);

function paceOf({ stabilizationWindowSeconds, policies: [policy] }: z.infer<typeof pace>): ScalingPace {
  return {
    stabilizationMs: stabilizationWindowSeconds * 1000,
    percent: policy.value,
    periodMs: policy.periodSeconds * 1000,
  };
}

describe('the scaling rule of one machine', () => {
  test('has the numbers of the ScaledObject', () => {
    const [waiting, busy] = triggers;
    const { scaleUp, scaleDown } = advanced.horizontalPodAutoscalerConfig.behavior;
    expect(CLUSTER_RULE).toEqual({
      waitingTasksPerWorker: Number(waiting.metadata.targetQueueSize),
      busyPercent: Number(busy.metadata.value),
      // Kubernetes has this one where a manifest sets none.
      tolerance: 0.1,
      up: paceOf(scaleUp),
      down: paceOf(scaleDown),
    });
  });

  test('looks at the load as often', () => {
    expect(LOOK_INTERVAL_MS).toBe(pollingInterval * 1000);
  });
});
