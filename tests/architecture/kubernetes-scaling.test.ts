/** How many pods run and who reaches them: what the manifests of deploy/kubernetes say of each other has to fit. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { PROJECT } from './check.ts';
import {
  FOLDER,
  at,
  containerOf,
  environmentOf,
  everyDeployment,
  everyManifest,
  manifest,
  selects,
  workload,
  type Variables,
} from './kubernetes-manifests.ts';

/** What KEDA 2.20 and later reads of a trigger `temporal` without TLS; some as they are or from a variable. */
const TEMPORAL_TRIGGER_FIELDS = [
  'endpoint',
  'endpointFromEnv',
  'namespace',
  'namespaceFromEnv',
  'taskQueue',
  'taskQueueFromEnv',
  'workerDeploymentName',
  'workerDeploymentNameFromEnv',
  'workerDeploymentBuildId',
  'workerDeploymentBuildIdFromEnv',
  'queueTypes',
  'targetQueueSize',
  'activationTargetQueueSize',
];

const rules = z.object({
  stabilizationWindowSeconds: z.number(),
  policies: z.tuple([
    z.object({ type: z.enum(['Percent', 'Pods']), value: z.number(), periodSeconds: z.number() }),
  ]),
});
const behavior = z.object({ scaleUp: rules, scaleDown: rules });
const target = z.object({ kind: z.literal('Deployment'), name: z.string() });

const scaledObject = z
  .object({
    scaleTargetRef: target,
    minReplicaCount: z.number(),
    maxReplicaCount: z.number(),
    cooldownPeriod: z.number(),
    // Would be a way to none.
    idleReplicaCount: z.never().optional(),
    advanced: z.object({ horizontalPodAutoscalerConfig: z.object({ behavior }) }),
    triggers: z.array(
      z.object({ type: z.string(), metricType: z.string(), metadata: z.record(z.string(), z.string()) }),
    ),
  })
  .parse(manifest('ScaledObject', 'order-worker')['spec']);
const autoscaler = z
  .object({ scaleTargetRef: target, minReplicas: z.number(), maxReplicas: z.number(), behavior })
  .parse(manifest('HorizontalPodAutoscaler', 'api')['spec']);

/** How many pods each program has, at the least and at the most. */
const REPLICAS = new Map(
  everyDeployment.map(([name, { spec }]) => [name, { least: spec.replicas ?? 0, most: spec.replicas ?? 0 }]),
)
  .set(scaledObject.scaleTargetRef.name, {
    least: scaledObject.minReplicaCount,
    most: scaledObject.maxReplicaCount,
  })
  .set(autoscaler.scaleTargetRef.name, { least: autoscaler.minReplicas, most: autoscaler.maxReplicas });

/** A number of pods, or percents of them, of which Kubernetes makes the next whole number. */
function podsOf(count: number | string, of: number): number {
  return typeof count === 'number' ? count : Math.ceil((Number.parseInt(count, 10) * of) / 100);
}

function podLabels(name: string): Variables {
  return workload(name).spec.template.metadata.labels;
}

/** The longest pause between two tries of a step of an order, seconds; as the workflows say it. */
function longestPauseSeconds(): number {
  const pauses = globSync('src/workflows/{orders,shared}/**/*.ts', { cwd: PROJECT }).flatMap((file) =>
    [
      ...readFileSync(join(PROJECT, file), 'utf8').matchAll(/maximumInterval: '(\d+) (second|minute)s?'/g),
    ].map(([, count, unit]) => Number(count) * (unit === 'minute' ? 60 : 1)),
  );
  return Math.max(...pauses);
}

describe('the number of pods', () => {
  test('stands in one place: in the Deployment, or in what scales it', () => {
    const scaled = [scaledObject.scaleTargetRef.name, autoscaler.scaleTargetRef.name];
    expect(scaled).toEqual(['order-worker', 'api']);
    for (const [name, { spec }] of everyDeployment)
      expect([name, spec.replicas === undefined]).toEqual([name, scaled.includes(name)]);
  });

  test('is 10 to 100 for the order workers, and never 0', () => {
    expect(scaledObject).toMatchObject({ minReplicaCount: 10, maxReplicaCount: 100 });
    for (const [, { least }] of REPLICAS) expect(least).toBeGreaterThan(0);
  });

  test('is one for the maintenance worker, and two for what can take the place of another', () => {
    expect(Object.fromEntries(REPLICAS)).toMatchObject({
      'maintenance-worker': { least: 1, most: 1 },
      relay: { least: 2, most: 2 },
      projections: { least: 2, most: 2 },
    });
  });

  test.each([
    ['order workers', scaledObject.advanced.horizontalPodAutoscalerConfig.behavior],
    ['the API', autoscaler.behavior],
  ])('of %s grows at once and shrinks late and in small steps', (_, { scaleUp, scaleDown }) => {
    expect(scaleUp.stabilizationWindowSeconds).toBe(0);
    expect(scaleUp.policies).toEqual([{ type: 'Percent', value: 100, periodSeconds: 30 }]);
    expect(scaleDown.stabilizationWindowSeconds).toBeGreaterThanOrEqual(300);
    const [{ type, value, periodSeconds }] = scaleDown.policies;
    expect(value).toBeLessThanOrEqual(type === 'Percent' ? 10 : 1);
    expect(periodSeconds).toBeGreaterThanOrEqual(60);
  });

  test('of order workers outlasts the longest pause between two tries of a step', () => {
    const { scaleDown } = scaledObject.advanced.horizontalPodAutoscalerConfig.behavior;
    expect(longestPauseSeconds()).toBe(300);
    expect(scaleDown.stabilizationWindowSeconds).toBeGreaterThanOrEqual(2 * longestPauseSeconds());
    expect(scaledObject.cooldownPeriod).toBeGreaterThanOrEqual(3 * longestPauseSeconds());
  });

  test('of order workers follows what waits in their own queue, and how busy they are', () => {
    expect(scaledObject.triggers.map(({ type, metricType }) => [type, metricType])).toEqual([
      ['temporal', 'AverageValue'],
      ['cpu', 'Utilization'],
    ]);
    const [{ metadata } = { metadata: {} as Variables }] = scaledObject.triggers;
    expect(Object.keys(metadata).filter((name) => !TEMPORAL_TRIGGER_FIELDS.includes(name))).toEqual([]);
    expect(metadata['queueTypes']?.split(',').sort()).toEqual(['activity', 'workflow']);
    expect(Number(metadata['targetQueueSize'])).toBeGreaterThan(0);
    // KEDA reads the environment of the workers, so that it looks where they do.
    const worker = containerOf(workload('order-worker'));
    const { data } = manifest('ConfigMap', 'order-saga-configuration') as unknown as { data: Variables };
    const variables = environmentOf({ ...worker, env: [] }, { 'order-saga-configuration': data }, {});
    expect(variables[metadata['endpointFromEnv'] ?? '']).toBe(data['TEMPORAL_ADDRESS']);
    expect(variables[metadata['namespaceFromEnv'] ?? '']).toBe(data['TEMPORAL_NAMESPACE']);
    expect(variables[metadata['taskQueueFromEnv'] ?? '']).toBe(data['TEMPORAL_TASK_QUEUE']);
    for (const name of ['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'TEMPORAL_TASK_QUEUE'])
      expect(data[name]).toMatch(/\S/);
    // As temporal-worker.ts names the deployment and the version of a worker.
    expect(metadata['workerDeploymentNameFromEnv']).toBe('TEMPORAL_TASK_QUEUE');
    expect(metadata['workerDeploymentBuildIdFromEnv']).toBe('WORKER_BUILD_ID');
    expect(worker.env.map(({ name }) => name)).toContain('WORKER_BUILD_ID');
  });

  test('can be borne by a database of the size that the README names', () => {
    const poolSize = Number(
      at(manifest('ConfigMap', 'order-saga-configuration'), 'data', 'DATABASE_POOL_SIZE'),
    );
    const pods = everyDeployment.map(([name, { spec }]) => {
      const most = REPLICAS.get(name)?.most ?? 0;
      return most + podsOf(spec.strategy?.rollingUpdate.maxSurge ?? 0, most);
    });
    const connections = pods.reduce((sum, count) => sum + count * poolSize, 0);
    expect(connections).toBeGreaterThan(0);
    const readme = readFileSync(join(FOLDER, 'README.md'), 'utf8');
    expect(readme).toContain(`${connections} connections`);
    // An older version of the order workers, as the README makes it smaller.
    const [, patch = ''] = /--patch '(\{.+\})'/.exec(readme) ?? [];
    const { spec: smaller } = z
      .strictObject({
        spec: z.strictObject({ minReplicaCount: z.number().min(1), maxReplicaCount: z.number() }),
      })
      .parse(JSON.parse(patch));
    expect(smaller.minReplicaCount).toBeLessThan(scaledObject.minReplicaCount);
    expect(smaller.maxReplicaCount).toBeLessThanOrEqual(scaledObject.minReplicaCount);
    expect(readme).toMatch(new RegExp(`made smaller ${smaller.maxReplicaCount * poolSize}\\s`));
  });
});

describe('what selects pods', () => {
  test.each(everyDeployment)('%s has its own, never fewer during a rollout, and spread', (name, { spec }) => {
    expect(spec.strategy?.rollingUpdate.maxUnavailable).toBe(0);
    const matchLabels = spec.selector?.matchLabels ?? {};
    expect(
      everyDeployment.map(([other]) => other).filter((other) => selects(matchLabels, podLabels(other))),
    ).toEqual([name]);
    expect(selects(matchLabels, podLabels('migrate'))).toBe(false);
    const constraints = spec.template.spec.topologySpreadConstraints;
    expect(constraints.map(({ topologyKey }) => topologyKey)).toEqual([
      'topology.kubernetes.io/zone',
      'kubernetes.io/hostname',
    ]);
    for (const { labelSelector } of constraints) expect(labelSelector.matchLabels).toEqual(matchLabels);
  });

  test('finds the API for the Service, at a port that it has', () => {
    const { selector, ports } = manifest('Service', 'api')['spec'] as {
      selector: Variables;
      ports: { targetPort: string }[];
    };
    expect(selector).toEqual(podLabels('api'));
    const named = containerOf(workload('api')).ports.map(({ name }) => name);
    expect(ports.map(({ targetPort }) => targetPort)).toEqual(named);
  });

  test('finds more than one pod for each disruption budget, and lets a node be emptied', () => {
    const budgets = everyManifest
      .filter(([, { kind }]) => kind === 'PodDisruptionBudget')
      .map(([, one]) =>
        z
          .object({
            maxUnavailable: z.union([z.number(), z.string()]),
            unhealthyPodEvictionPolicy: z.literal('AlwaysAllow'),
            selector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
          })
          .parse(one['spec']),
      );
    const covered = budgets.map(({ selector, maxUnavailable }) => {
      const names = [...REPLICAS.keys()].filter((name) => selects(selector.matchLabels, podLabels(name)));
      expect(names).toHaveLength(1);
      const least = REPLICAS.get(names[0] ?? '')?.least ?? 0;
      expect(podsOf(maxUnavailable, least)).toBeGreaterThan(0);
      expect(podsOf(maxUnavailable, least)).toBeLessThan(least);
      return names[0];
    });
    const several = [...REPLICAS].filter(([, { least }]) => least > 1).map(([name]) => name);
    expect(covered.sort()).toEqual(several.sort());
  });
});

describe('who may reach a pod', () => {
  const policies = everyManifest
    .filter(([, { kind }]) => kind === 'NetworkPolicy')
    .map(([, one]) =>
      z
        .object({
          podSelector: z.object({
            matchLabels: z.record(z.string(), z.string()).default({}),
            matchExpressions: z
              .array(z.object({ key: z.string(), operator: z.literal('In'), values: z.array(z.string()) }))
              .default([]),
          }),
          policyTypes: z.tuple([z.literal('Ingress')]),
          ingress: z
            .array(z.object({ from: z.unknown().optional(), ports: z.array(z.object({ port: z.string() })) }))
            .default([]),
        })
        .parse(one['spec']),
    );
  const policiesOf = (name: string): typeof policies =>
    policies.filter(
      ({ podSelector }) =>
        selects(podSelector.matchLabels, podLabels(name)) &&
        podSelector.matchExpressions.every(({ key, values }) => values.includes(podLabels(name)[key] ?? '')),
    );

  test('is nobody where nothing else is said', () => {
    expect(policies).toContainEqual({
      podSelector: { matchLabels: {}, matchExpressions: [] },
      policyTypes: ['Ingress'],
      ingress: [],
    });
    expect(policiesOf('migrate').flatMap(({ ingress }) => ingress)).toEqual([]);
  });

  test.each(everyDeployment)('%s is somebody, at a port that it has', (name, one) => {
    const rulesOfPod = policiesOf(name).flatMap(({ ingress }) => ingress);
    expect(rulesOfPod.flatMap(({ ports }) => ports.map(({ port }) => port))).toEqual(
      containerOf(one).ports.map(({ name: port }) => port),
    );
    // Everybody may call the API; whom metrics are for is said.
    expect(rulesOfPod.map(({ from }) => from !== undefined)).toEqual([name !== 'api']);
  });
});
