/**
 * Money is an integer count of minor units (pence, cents, yen) with its ISO 4217 currency; never a float.
 */
export interface Money {
  readonly amountMinor: number;
  readonly currency: string;
}

/** Adds integers and refuses a sum that a JavaScript number cannot hold exactly. @throws RangeError */
export function addMinor(...amountsMinor: readonly number[]): number {
  let sum = 0;
  for (const amountMinor of amountsMinor) {
    sum += amountMinor;
    if (!Number.isSafeInteger(sum)) throw new RangeError('Amount is not a safe integer of minor units');
  }
  return sum;
}

/** Unit price times quantity in minor units. @throws RangeError when the product is not a safe integer. */
export function multiplyMinor(unitPriceMinor: number, quantity: number): number {
  const product = unitPriceMinor * quantity;
  if (!Number.isSafeInteger(product)) throw new RangeError('Amount is not a safe integer of minor units');
  return product;
}
