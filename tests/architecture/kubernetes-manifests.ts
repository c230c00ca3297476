/** Reads the manifests of deploy/kubernetes, and gives a container its environment as Kubernetes does. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { PROJECT } from './check.ts';

export const FOLDER = join(PROJECT, 'deploy/kubernetes');
/** What there is of each version apart. */
const VERSIONED = 'order-worker';

export type Variables = Readonly<Record<string, string>>;
type Labels = Readonly<Record<string, string>>;

const manifestSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()),
  }),
});
export type Manifest = z.output<typeof manifestSchema>;

const labelSelector = z.strictObject({ matchLabels: z.record(z.string(), z.string()) });
const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.string() }) });

/** What the tests look at; the published schemas check the rest. */
const containerSchema = z.object({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()),
  envFrom: z.array(z.strictObject({ configMapRef: z.strictObject({ name: z.string() }) })),
  env: z.array(
    z.union([
      z.strictObject({ name: z.string(), value: z.string() }),
      z.strictObject({
        name: z.string(),
        valueFrom: z.strictObject({
          secretKeyRef: z.strictObject({
            name: z.string(),
            key: z.string(),
            optional: z.boolean().default(false),
          }),
        }),
      }),
    ]),
  ),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })).default([]),
  resources: z.object({
    requests: z.record(z.string(), z.string()),
    limits: z.record(z.string(), z.string()),
  }),
  startupProbe: probe.optional(),
  readinessProbe: probe.optional(),
  livenessProbe: probe.optional(),
  lifecycle: z.object({ preStop: z.object({ sleep: z.object({ seconds: z.number() }) }) }).optional(),
  securityContext: z.unknown(),
  volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })),
});
export type Container = z.output<typeof containerSchema>;

const workloadSchema = z.object({
  kind: z.enum(['Deployment', 'Job']),
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    replicas: z.number().optional(),
    selector: labelSelector.optional(),
    strategy: z
      .object({
        rollingUpdate: z.object({
          maxUnavailable: z.number(),
          maxSurge: z.union([z.number(), z.string()]),
        }),
      })
      .optional(),
    template: z.object({
      metadata: z.object({ labels: z.record(z.string(), z.string()) }),
      spec: z.object({
        serviceAccountName: z.string(),
        automountServiceAccountToken: z.boolean(),
        enableServiceLinks: z.boolean(),
        shareProcessNamespace: z.boolean(),
        terminationGracePeriodSeconds: z.number(),
        securityContext: z.unknown(),
        topologySpreadConstraints: z.array(z.object({ topologyKey: z.string(), labelSelector })).default([]),
        containers: z.tuple([containerSchema]),
        volumes: z.array(z.object({ name: z.string(), emptyDir: z.unknown() })),
      }),
    }),
  }),
});
export type Workload = z.output<typeof workloadSchema>;

const kustomizationSchema = z.strictObject({
  apiVersion: z.literal('kustomize.config.k8s.io/v1beta1'),
  kind: z.literal('Kustomization'),
  namespace: z.string(),
  images: z.tuple([z.strictObject({ name: z.string(), newName: z.string(), newTag: z.string() })]),
  resources: z.array(z.string()),
});

/** What kustomize makes of the folder of one version follows from the first two. */
const versionSchema = z.strictObject({
  apiVersion: z.literal('kustomize.config.k8s.io/v1beta1'),
  kind: z.literal('Kustomization'),
  nameSuffix: z.string(),
  labels: z.tuple([
    z.strictObject({
      pairs: z.strictObject({ 'app.kubernetes.io/version': z.string() }),
      includeSelectors: z.literal(true),
    }),
  ]),
  resources: z.array(z.string()),
  replacements: z.array(
    z.strictObject({
      source: z.strictObject({ kind: z.string(), name: z.string(), fieldPath: z.string() }),
      targets: z.tuple([
        z.strictObject({
          select: z.strictObject({ kind: z.string(), name: z.string() }),
          fieldPaths: z.tuple([z.string()]),
        }),
      ]),
    }),
  ),
});

function parseFile(file: string): unknown[] {
  return parseAllDocuments(readFileSync(join(FOLDER, file), 'utf8')).map((document) => {
    const [error] = [...document.errors, ...document.warnings];
    if (error) throw error;
    return document.toJS() as unknown;
  });
}

const named = kustomizationSchema.parse(parseFile('kustomization.yaml')[0]);
export const version = versionSchema.parse(parseFile(`${VERSIONED}/kustomization.yaml`)[0]);
/** With the files of the folder that it names. */
export const kustomization = {
  ...named,
  resources: named.resources.flatMap((name) =>
    name === VERSIONED ? version.resources.map((file) => `${VERSIONED}/${file}`) : [name],
  ),
};

/** The names of all manifests but kustomization.yaml; what a user has filled in and git ignores is none of ours. */
export function manifestFiles(): string[] {
  const ours = readFileSync(join(FOLDER, '.gitignore'), 'utf8').split('\n');
  return ['', `${VERSIONED}/`]
    .flatMap((folder) => readdirSync(join(FOLDER, folder)).map((name) => `${folder}${name}`))
    .filter((name) => name.endsWith('.yaml') && !name.endsWith('kustomization.yaml') && !ours.includes(name))
    .sort();
}

function readManifests(file: string): Manifest[] {
  return parseFile(file).map((document) => manifestSchema.parse(document));
}

export function containerOf(workload: Workload): Container {
  return workload.spec.template.spec.containers[0];
}

/** Whether a selector finds pods with these labels. */
export function selects(matchLabels: Labels, labels: Labels): boolean {
  return Object.entries(matchLabels).every(([name, value]) => labels[name] === value);
}

/**
 * The environment of a container, from the ConfigMap and the Secret and its own entries, of which the later go before.
 * @throws Error for a key that the Secret must have and has not, which keeps Kubernetes from starting the container
 */
export function environmentOf(
  container: Container,
  configMaps: Readonly<Record<string, Variables>>,
  secrets: Readonly<Record<string, Variables>>,
): Variables {
  const environment: Record<string, string> = {};
  for (const { configMapRef } of container.envFrom) {
    const values = configMaps[configMapRef.name];
    if (!values) throw new Error(`there is no ConfigMap ${configMapRef.name}`);
    Object.assign(environment, values);
  }
  for (const entry of container.env) {
    if ('value' in entry) environment[entry.name] = entry.value;
    else {
      const { name, key, optional } = entry.valueFrom.secretKeyRef;
      const value = secrets[name]?.[key];
      if (value !== undefined) environment[entry.name] = value;
      else if (!optional) throw new Error(`${container.name} needs ${key} of the Secret ${name}`);
    }
  }
  return environment;
}

/** Every manifest, with a title for a test. */
export const everyManifest: readonly (readonly [string, Manifest])[] = manifestFiles().flatMap((file) =>
  readManifests(file).map((one) => [`${file}: ${one.kind} ${one.metadata.name}`, one] as const),
);

const workloads = new Map(
  everyManifest
    .filter(([, { kind }]) => kind === 'Deployment' || kind === 'Job')
    .map(([, one]) => [one.metadata.name, workloadSchema.parse(one)]),
);
export const everyWorkload: readonly (readonly [string, Workload])[] = [...workloads];
export const everyDeployment = everyWorkload.filter(([, { kind }]) => kind === 'Deployment');

export function manifest(kind: string, name: string): Manifest {
  const found = everyManifest.find(([, one]) => one.kind === kind && one.metadata.name === name);
  if (!found) throw new Error(`deploy/kubernetes has no ${kind} ${name}`);
  return found[1];
}

export function workload(name: string): Workload {
  const found = workloads.get(name);
  if (!found) throw new Error(`deploy/kubernetes has no program ${name}`);
  return found;
}

/** What stands at a path of an object; undefined where it ends. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (part, key) => (part as Record<string | number, unknown> | undefined)?.[key],
    value,
  );
}
