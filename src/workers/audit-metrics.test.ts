import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { createAuditMetrics } from './audit-metrics.ts';

test('tells the violations of the last audit by invariant, and when it was', async () => {
  const registry = new Registry();
  const tell = createAuditMetrics(registry);
  const violation = { invariant: 'I2', check: 'a check', ids: {}, message: 'm', sql: 's' } as const;
  const report = {
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: '2026-01-01T00:00:02.000Z',
    checks: [],
  };
  tell({ ...report, violations: [violation, violation] });
  expect(await registry.metrics()).toContain('order_saga_audit_violations{invariant="I2"} 2');
  expect(await registry.metrics()).toContain('order_saga_audit_violations{invariant="I1"} 0');
  expect(await registry.metrics()).toContain('order_saga_audit_finished_timestamp_seconds 1767225602');
  tell({ ...report, violations: [] });
  expect(await registry.metrics()).toContain('order_saga_audit_violations{invariant="I2"} 0');
});
