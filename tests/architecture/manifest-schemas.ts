/**
 * Holds Kubernetes manifests against the schemas that Kubernetes and KEDA publish for their kinds, as the packages
 * `kubernetes-models` and `@kubernetes-models/keda` carry them.
 */
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { Secret } from 'kubernetes-models/v1/Secret';
import { Service } from 'kubernetes-models/v1/Service';
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount';

const MODELS = [
  ConfigMap,
  Deployment,
  HorizontalPodAutoscaler,
  Job,
  Namespace,
  NetworkPolicy,
  PodDisruptionBudget,
  ScaledObject,
  Secret,
  Service,
  ServiceAccount,
];

/**
 * Everything that is wrong with a manifest: what its schema says, and each field that the schema does not know, which is most
 * often one that is misspelt or stands in the wrong place.
 */
export function problemsOf(manifest: { readonly apiVersion: string; readonly kind: string }): string[] {
  const model = MODELS.find(
    ({ apiVersion, kind }) => apiVersion === manifest.apiVersion && kind === manifest.kind,
  );
  if (!model) return [`${manifest.apiVersion} ${manifest.kind} has no schema here`];
  const read = new Set<string>();
  const problems: string[] = [];
  try {
    model.prototype.validate.call(watchReads(manifest, '', read));
  } catch (error) {
    problems.push((error as Error).message);
  }
  return [...problems, ...unreadFields(manifest, '', read).map((path) => `${path} is not a known field`)];
}

/**
 * The packages check what they know and pass over everything else. They read each field that they know of, so a field that
 * was never read is one that no schema has.
 */
function watchReads<Value>(value: Value, path: string, read: Set<string>): Value {
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get(target, key) {
      const child: unknown = Reflect.get(target, key);
      if (typeof key !== 'string' || !Object.hasOwn(target, key)) return child;
      read.add(`${path}/${key}`);
      return watchReads(child, `${path}/${key}`, read);
    },
  });
}

/** The outermost of them: what is below a field that is unknown is not told. */
function unreadFields(value: unknown, path: string, read: ReadonlySet<string>): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    read.has(`${path}/${key}`) ? unreadFields(child, `${path}/${key}`, read) : [`${path}/${key}`],
  );
}
