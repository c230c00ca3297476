import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { createLogger } from '../config/logger.ts';
import { observeAttention } from './attention-metrics.ts';

test('counts causes by code and how bad they are, says zero where there is none, and nothing while nobody can count', async () => {
  const registry = new Registry();
  let count: () => Promise<readonly { code: string; count: number }[]> = async () => [
    { code: 'CAPTURE_UNRESOLVED', count: 3 },
    { code: 'OF_ANOTHER_VERSION', count: 1 },
  ];
  observeAttention({ countByCode: () => count() }, createLogger('test', 'silent'), registry);
  const text = await registry.metrics();
  expect(text).toContain('order_saga_attention{code="CAPTURE_UNRESOLVED",severity="critical"} 3');
  expect(text).toContain('order_saga_attention{code="OF_ANOTHER_VERSION",severity="high"} 1');
  expect(text).toContain('order_saga_attention{code="DELIVERY_LATE",severity="medium"} 0');
  count = () => Promise.reject(new Error('away'));
  expect(await registry.metrics()).not.toContain('order_saga_attention{');
});
