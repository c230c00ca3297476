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

/**
 * Splits an amount over weights so that the parts always sum to the whole: every part gets its floor, and the
 * minor units left over go one each to the largest remainders, the earlier part first when they tie.
 *
 * @param totalMinor non-negative integer, minor units
 * @param weights non-negative integers, at least one above zero
 * @throws RangeError when the arguments are not of that form
 */
export function splitMinor(totalMinor: number, weights: readonly number[]): number[] {
  const weightSum = addMinor(...weights);
  if (!Number.isSafeInteger(totalMinor) || totalMinor < 0)
    throw new RangeError('totalMinor must be a non-negative integer');
  if (weightSum <= 0 || weights.some((weight) => !Number.isSafeInteger(weight) || weight < 0)) {
    throw new RangeError('weights must be non-negative integers with a positive sum');
  }
  // BigInt, because totalMinor times a weight can exceed what a number holds exactly.
  const whole = BigInt(totalMinor);
  const divisor = BigInt(weightSum);
  const shares = weights.map((weight, index) => {
    const product = whole * BigInt(weight);
    return { index, part: Number(product / divisor), remainder: product % divisor };
  });
  let leftMinor = totalMinor - addMinor(...shares.map((share) => share.part));
  const byRemainder = [...shares].sort((a, b) =>
    a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1,
  );
  for (const share of byRemainder) {
    if (leftMinor === 0) break;
    share.part += 1;
    leftMinor -= 1;
  }
  return shares.map((share) => share.part);
}
