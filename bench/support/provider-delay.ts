import type { BenchShop } from './bench-shop.ts';

/** From now on each call of the payment provider takes so much longer, milliseconds; 0 for as fast as it can. */
export async function delayProvider({ lab }: BenchShop, delayMs: number): Promise<void> {
  const rules = delayMs === 0 ? [] : [{ operation: '*', times: -1, behaviour: 'delay', delayMs }];
  await lab.control('payments', 'PUT', 'faults', { rules });
}
