import { describe, expect, it } from '@jest/globals';
import { latencyBetween, toBuckets, type Buckets } from './latency.ts';

const buckets = (counts: Readonly<Record<string, number>>): Buckets =>
  new Map(Object.entries(counts).map(([bound, count]) => [Number(bound), count]));
const NOTHING = buckets({ 0.1: 0, 0.5: 0, Infinity: 0 });

describe('toBuckets', () => {
  it('adds up the routes, and leaves out streams and health', () => {
    const sample = (route: string, le: number | string, value: number) => ({
      metricName: 'http_request_duration_seconds_bucket',
      labels: { route, le },
      value,
    });
    const sum = {
      metricName: 'http_request_duration_seconds_sum',
      labels: { route: '/v1/orders' },
      value: 9,
    };
    const found = toBuckets([
      sample('/v1/orders', 0.1, 2),
      sample('/v1/orders/{id}', 0.1, 3),
      sample('/v1/orders', '+Inf', 4),
      sample('/v1/ops/now/stream', '+Inf', 7),
      sample('/livez', 0.1, 7),
      sum,
    ]);
    expect([...found]).toEqual([
      [0.1, 5],
      [Infinity, 4],
    ]);
  });
});

describe('latencyBetween', () => {
  it('has no time without a request', () => {
    expect(latencyBetween(NOTHING, NOTHING)).toEqual({ requests: 0, p50Ms: null, p95Ms: null });
  });

  it('takes the requests of a bucket for spread evenly over it', () => {
    const after = buckets({ 0.1: 10, 0.5: 20, Infinity: 20 });
    expect(latencyBetween(NOTHING, after)).toEqual({ requests: 20, p50Ms: 100, p95Ms: 460 });
  });

  it('counts only what came since', () => {
    const before = buckets({ 0.1: 100, 0.5: 100, Infinity: 100 });
    const after = buckets({ 0.1: 100, 0.5: 104, Infinity: 104 });
    expect(latencyBetween(before, after)).toEqual({ requests: 4, p50Ms: 300, p95Ms: 480 });
  });

  it('says of what is beyond the last bound that it took at least so long', () => {
    expect(latencyBetween(NOTHING, buckets({ 0.1: 0, 0.5: 0, Infinity: 3 })).p95Ms).toBe(500);
  });
});
