import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ENVIRONMENT, readEnvironment, type ProcessName } from '../../src/config/env.ts';
import { PROJECT } from './check.ts';
import { readComposeFile, variablesOf } from './compose-file.ts';
import {
  FOLDER,
  at,
  containerOf,
  environmentOf,
  everyDeployment,
  everyManifest,
  everyWorkload,
  kustomization,
  manifest,
  manifestFiles,
  version,
  workload,
  type Container,
  type Manifest,
  type Variables,
} from './kubernetes-manifests.ts';
import { problemsOf } from './manifest-schemas.ts';
import { ownStopLimitMs } from './stop-limit.ts';

const COMPOSE = join(PROJECT, 'docker-compose.yml');
const EXAMPLES = ['configuration.example.yaml', 'secrets.example.yaml'];

/** Our programs: what docker-compose.yml calls each, and src/config/env.ts. */
const PROGRAMS: Readonly<Record<string, { readonly service: string; readonly process: ProcessName }>> = {
  migrate: { service: 'migrate', process: 'migrate' },
  api: { service: 'api', process: 'api' },
  'order-worker': { service: 'worker', process: 'orderWorker' },
  'maintenance-worker': { service: 'maintenance', process: 'maintenanceWorker' },
  relay: { service: 'relay', process: 'relay' },
  projections: { service: 'projections', process: 'projections' },
};
/** Read by the AWS SDK itself. */
const READ_BY_LIBRARIES = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];

/** What a person fills into what the examples leave empty. */
const FILLED_IN: Variables = {
  DATABASE_URL: 'postgres://order_saga:secret@postgres.example.com:5432/order_saga',
  AUDIT_DATABASE_URL: 'postgres://order_saga_auditor:secret@postgres.example.com:5432/order_saga',
  TEMPORAL_CODEC_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
  CODEC_ENDPOINT_TOKEN: 'a'.repeat(64),
  WAITING_ROOM_SECRET: 'f'.repeat(64),
  FRAUD_DIGEST_KEY: 'g'.repeat(64),
  AWS_ACCESS_KEY_ID: 'key',
  AWS_SECRET_ACCESS_KEY: 'secret',
  PAYMENT_PROVIDER_API_KEY: 'b'.repeat(64),
  PAYMENT_WEBHOOK_SECRET: 'c'.repeat(64),
  CARRIER_API_KEY: 'd'.repeat(64),
  CARRIER_WEBHOOK_SECRET: 'e'.repeat(64),
  SMTP_URL: 'smtps://shop:secret@mail.example.com:465',
  EVENTS_TOPIC_ARN: 'arn:aws:sns:eu-west-1:123456789012:order-events.fifo',
  EVENTS_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/123456789012/order-projections.fifo',
};

const { services } = readComposeFile(
  COMPOSE,
  Object.fromEntries([...variablesOf(COMPOSE).keys()].map((name) => [name, 'x'])),
);
function filledIn(manifestOfValues: Manifest, field: string): Record<string, Variables> {
  const values = Object.entries(at(manifestOfValues, field) as Variables);
  const filled = values.map(([name, value]) => [name, value === '' ? (FILLED_IN[name] ?? '') : value]);
  return { [manifestOfValues.metadata.name]: Object.fromEntries(filled) as Variables };
}

const configMap = manifest('ConfigMap', 'order-saga-configuration');
const secret = manifest('Secret', 'order-saga-secrets');
const configMaps = filledIn(configMap, 'data');
const secrets = filledIn(secret, 'stringData');

function environment(container: Container): Variables {
  return environmentOf(container, configMaps, secrets);
}

describe('the manifests of deploy/kubernetes', () => {
  test('are named by kustomization.yaml, all but the examples', () => {
    expect([...kustomization.resources].sort()).toEqual(
      manifestFiles().filter((file) => !EXAMPLES.includes(file)),
    );
    expect(manifestFiles()).toEqual(expect.arrayContaining(EXAMPLES));
  });

  test.each(everyManifest)('%s is valid by the schema of its kind', (_, one) => {
    expect(problemsOf(one)).toEqual([]);
  });

  test.each([
    ['Deployment', 'api', ['spec', 'replicaCount'], 3, '/spec/replicaCount is not a known field'],
    ['Deployment', 'relay', ['spec', 'replicas'], 'two', '/spec/replicas must be integer'],
    ['Deployment', 'relay', ['spec', 'selector'], undefined, 'must have required property selector'],
    [
      'Deployment',
      'api',
      ['spec', 'template', 'spec', 'containers', 0, 'probe'],
      {},
      'containers/0/probe is not',
    ],
    [
      'Deployment',
      'api',
      ['spec', 'template', 'spec', 'containers', 0, 'ports', 0],
      {},
      'must have required property containerPort',
    ],
    ['Job', 'migrate', ['spec', 'backOffLimit'], 3, '/spec/backOffLimit is not a known field'],
    ['Service', 'api', ['spec', 'ports', 0, 'port'], '80', '/port must be integer'],
    [
      'HorizontalPodAutoscaler',
      'api',
      ['spec', 'maxReplicas'],
      undefined,
      'must have required property maxReplicas',
    ],
    [
      'HorizontalPodAutoscaler',
      'api',
      ['spec', 'behavior', 'scaledown'],
      {},
      '/spec/behavior/scaledown is not',
    ],
    ['PodDisruptionBudget', 'api', ['spec', 'minUnavailable'], 1, '/spec/minUnavailable is not'],
    ['NetworkPolicy', 'api', ['spec', 'ingress', 0, 'port'], 3000, '/spec/ingress/0/port is not'],
    ['ScaledObject', 'order-worker', ['spec', 'minReplicas'], 10, '/spec/minReplicas is not a known field'],
    [
      'ScaledObject',
      'order-worker',
      ['spec', 'maxReplicaCount'],
      '100',
      '/spec/maxReplicaCount must be integer',
    ],
    [
      'ScaledObject',
      'order-worker',
      ['spec', 'triggers', 0, 'type'],
      undefined,
      'must have required property type',
    ],
    ['ScaledObject', 'order-worker', ['apiVersion'], 'keda.sh/v1', 'has no schema here'],
  ])('%s %s would not be valid with %j as %j', (kind, name, path, value, problem) => {
    const broken = structuredClone(manifest(kind, name));
    const parent = at(broken, ...path.slice(0, -1)) as Record<string | number, unknown>;
    parent[path.at(-1) ?? ''] = value;
    expect(problemsOf(broken).join('\n')).toContain(problem);
  });

  test('are each there once, all in the namespace that they make', () => {
    const names = everyManifest.map(([, { kind, metadata }]) => `${kind} ${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
    expect(manifest('Namespace', kustomization.namespace).metadata.namespace).toBeUndefined();
    // Applied by themselves, without what kustomize adds.
    for (const one of [configMap, secret, manifest('ServiceAccount', 'order-saga')])
      expect(one.metadata.namespace).toBe(kustomization.namespace);
  });

  test('carry no secret', () => {
    expect(Object.values(at(secret, 'stringData') as Variables).filter((value) => value !== '')).toEqual([]);
    expect(at(secret, 'data')).toBeUndefined();
    const ignored = readFileSync(join(FOLDER, '.gitignore'), 'utf8').split('\n');
    expect(ignored).toEqual(expect.arrayContaining(EXAMPLES.map((file) => file.replace('.example', ''))));
  });

  test('run one image, whose version stands in the two files of kustomize alone', () => {
    const [image] = kustomization.images;
    expect(image.newTag).toMatch(/^\d+\.\d+\.\d+$/);
    expect(image.newName).toContain('example.com/');
    for (const [, one] of everyWorkload)
      expect(containerOf(one).image).toBe(`${image.name}:set-in-kustomization`);
    expect(version.nameSuffix).toBe(`-${image.newTag.replaceAll('.', '-')}`);
    expect(version.labels[0].pairs).toEqual({ 'app.kubernetes.io/version': image.newTag });
  });

  test('give each version of the order workers a Deployment that scales by itself and says which it is', () => {
    const [build, scaled] = version.replacements.map(({ source, targets: [target] }) => ({
      from: [source.kind, source.name, source.fieldPath],
      to: [target.select.kind, target.select.name, target.fieldPaths[0]],
    }));
    expect(build).toEqual({
      from: ['Deployment', 'order-worker', 'metadata.labels.[app.kubernetes.io/version]'],
      to: [
        'Deployment',
        'order-worker',
        'spec.template.spec.containers.[name=order-worker].env.[name=WORKER_BUILD_ID].value',
      ],
    });
    expect(containerOf(workload('order-worker')).env).toContainEqual({
      name: 'WORKER_BUILD_ID',
      value: 'set-in-kustomization',
    });
    expect(scaled).toEqual({
      from: ['Deployment', 'order-worker', 'metadata.name'],
      to: ['ScaledObject', 'order-worker', 'spec.scaleTargetRef.name'],
    });
    expect(version.replacements).toHaveLength(2);
    // Nothing else may be named by one version and meant by all: no Service, no budget, no policy.
    const [, ...others] = manifestFiles().filter((file) => file.startsWith('order-worker/'));
    expect(others).toEqual(['order-worker/scaled-object.yaml']);
  });
});

describe('our programs on Kubernetes', () => {
  test('are those of docker-compose.yml', () => {
    const ours = Object.entries(services).filter(([, one]) => one.image.startsWith('order-saga:'));
    expect(
      Object.values(PROGRAMS)
        .map(({ service }) => service)
        .sort(),
    ).toEqual(ours.map(([name]) => name).sort());
    expect(everyWorkload.map(([name]) => name).sort()).toEqual(Object.keys(PROGRAMS).sort());
    expect(workload('migrate').kind).toBe('Job');
  });

  test.each(Object.entries(PROGRAMS))('%s runs the same command as there', (name, { service }) => {
    const { command } = containerOf(workload(name));
    expect(command).toEqual(services[service]?.command);
    expect(existsSync(join(PROJECT, command[1] ?? ''))).toBe(true);
  });

  test.each(Object.entries(PROGRAMS))('%s gets every variable that it needs or has there', (name, one) => {
    const variables = environment(containerOf(workload(name)));
    expect(() => readEnvironment(one.process, variables)).not.toThrow();
    const there = Object.keys(services[one.service]?.environment ?? {});
    expect(there.filter((variable) => !(variable in variables))).toEqual([]);
  });

  test.each(Object.entries(PROGRAMS))(
    '%s gets nothing of its own, and no secret, that it does not know',
    (name, one) => {
      const known = [...Object.keys(ENVIRONMENT[one.process].shape), ...READ_BY_LIBRARIES];
      const given = containerOf(workload(name)).env.map((entry) => entry.name);
      expect(given.filter((variable) => !known.includes(variable))).toEqual([]);
    },
  );

  test('are given nothing by the ConfigMap or the Secret that none of them reads', () => {
    const known = Object.values(PROGRAMS).flatMap(({ process }) => Object.keys(ENVIRONMENT[process].shape));
    const given = [
      ...Object.keys(at(configMap, 'data') as object),
      ...Object.keys(at(secret, 'stringData') as object),
    ];
    expect(given.filter((name) => ![...known, ...READ_BY_LIBRARIES].includes(name))).toEqual([]);
  });

  test('do not start without a secret that is required, and name a value that was left empty', () => {
    const api = containerOf(workload('api'));
    const { DATABASE_URL: _, ...others } = secrets['order-saga-secrets'] ?? {};
    expect(() => environmentOf(api, configMaps, { 'order-saga-secrets': others })).toThrow(
      /^api needs DATABASE_URL/,
    );
    expect(() => readEnvironment('api', { ...environment(api), DATABASE_URL: '' })).toThrow(
      /DATABASE_URL: is required/,
    );
  });

  test('name a version that Temporal would refuse, and a queue of which no version can be named', () => {
    const variables = { ...environment(containerOf(workload('order-worker'))), WORKER_BUILD_ID: '0.1.0' };
    const read = (others: Variables) => () => readEnvironment('orderWorker', { ...variables, ...others });
    expect(read({})).not.toThrow();
    expect(read({ WORKER_BUILD_ID: 'a b' })).toThrow(/WORKER_BUILD_ID: must be 1 to 63 letters/);
    expect(read({ TEMPORAL_TASK_QUEUE: 'orders.eu' })).toThrow(/TEMPORAL_TASK_QUEUE: must have neither/);
    expect(read({ TEMPORAL_TASK_QUEUE: 'orders.eu', WORKER_BUILD_ID: '' })).not.toThrow();
  });

  test.each(everyWorkload)('%s can write nothing, gain no rights, and ask Kubernetes nothing', (_, one) => {
    const { spec } = one.spec.template;
    const container = containerOf(one);
    expect(spec.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container.securityContext).toEqual({
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    });
    expect(container.volumeMounts).toEqual([{ name: 'tmp', mountPath: '/tmp' }]);
    expect(spec.volumes).toEqual([{ name: 'tmp', emptyDir: { sizeLimit: '64Mi' } }]);
    expect(manifest('ServiceAccount', spec.serviceAccountName)).toMatchObject({
      automountServiceAccountToken: false,
    });
    expect(spec.automountServiceAccountToken).toBe(false);
    expect(spec.shareProcessNamespace).toBe(true);
  });

  test.each(everyWorkload)(
    '%s is not given the addresses of Services, one of which is called API_PORT',
    (_, one) => {
      expect(one.spec.template.spec.enableServiceLinks).toBe(false);
      expect(manifest('Service', 'api').kind).toBe('Service');
    },
  );

  test.each(everyWorkload)('%s is given longer to stop than it takes', (_, one) => {
    const preStopSeconds = containerOf(one).lifecycle?.preStop.sleep.seconds ?? 0;
    const givenMs = one.spec.template.spec.terminationGracePeriodSeconds * 1000;
    expect(givenMs).toBeGreaterThan(preStopSeconds * 1000 + ownStopLimitMs());
  });

  test('answer new connections until the Service no longer names them', () => {
    expect(containerOf(workload('api')).lifecycle?.preStop.sleep.seconds).toBeGreaterThanOrEqual(5);
  });

  test.each(everyDeployment)('%s is asked at a port at which it listens', (name, one) => {
    const container = containerOf(one);
    const variables = environment(container);
    const [host, port] = name === 'api' ? ['API_HOST', 'API_PORT'] : ['HEALTH_HOST', 'HEALTH_PORT'];
    expect(variables[host ?? '']).toBe('0.0.0.0');
    expect(container.ports.map(({ containerPort }) => String(containerPort))).toEqual([
      variables[port ?? ''],
    ]);
    const { startupProbe, readinessProbe, livenessProbe } = container;
    expect(startupProbe?.httpGet.path).toBe('/readyz');
    // Its Service stays when Temporal or the database is away, and the API itself says so to whoever asks.
    expect(readinessProbe?.httpGet.path).toBe(name === 'api' ? '/livez' : '/readyz');
    expect(livenessProbe?.httpGet.path).toBe('/livez');
    for (const probe of [startupProbe, readinessProbe, livenessProbe])
      expect(probe?.httpGet.port).toBe(container.ports[0]?.name);
  });

  test.each(everyWorkload)(
    '%s asks for what it needs, and for all of the memory that it may use',
    (_, one) => {
      const { requests, limits } = containerOf(one).resources;
      expect(requests['cpu']).toMatch(/^(\d+m|\d+)$/);
      expect(limits).toEqual({ memory: requests['memory'] });
    },
  );
});
