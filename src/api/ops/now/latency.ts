/** How long requests took lately, from what this process tells Prometheus anyway. */
import type { MetricValueWithName } from 'prom-client';

/** Cumulative counts of requests by upper bound, seconds; the last bound is Infinity. */
export type Buckets = ReadonlyMap<number, number>;

export interface Latency {
  readonly requests: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
}

type Sample = Pick<MetricValueWithName<string>, 'metricName' | 'labels' | 'value'>;

/** A stream lasts as long as somebody listens, and who asks whether we live is no customer. */
const NOT_COUNTED = /\/(?:stream|events|livez|readyz|metrics)$|^\/console|^\/docs/;

/** The buckets of all routes together. */
export function toBuckets(samples: readonly Sample[]): Buckets {
  const buckets = new Map<number, number>();
  for (const { metricName, labels, value } of samples) {
    if (metricName?.endsWith('_bucket') !== true || NOT_COUNTED.test(String(labels['route']))) continue;
    const bound = labels['le'] === '+Inf' ? Infinity : Number(labels['le']);
    buckets.set(bound, (buckets.get(bound) ?? 0) + value);
  }
  return buckets;
}

/** What came between two looks. */
export function latencyBetween(before: Buckets, after: Buckets): Latency {
  const bounds = [...after.keys()].sort((a, b) => a - b);
  const counts = bounds.map((bound) => (after.get(bound) ?? 0) - (before.get(bound) ?? 0));
  const requests = counts.at(-1) ?? 0;
  const quantileMs = (quantile: number): number | null =>
    requests === 0 ? null : Math.round(1000 * interpolate(bounds, counts, quantile * requests));
  return { requests, p50Ms: quantileMs(0.5), p95Ms: quantileMs(0.95) };
}

/** As histogram_quantile of Prometheus does: even within a bucket, and the last bound for what is beyond it. Seconds. */
function interpolate(bounds: readonly number[], counts: readonly number[], rank: number): number {
  const index = counts.findIndex((count) => count >= rank);
  const upper = bounds[index] ?? Infinity;
  const lower = bounds[index - 1] ?? 0;
  if (upper === Infinity) return lower;
  const below = counts[index - 1] ?? 0;
  const within = (counts[index] ?? 0) - below;
  return within === 0 ? upper : lower + ((upper - lower) * (rank - below)) / within;
}
