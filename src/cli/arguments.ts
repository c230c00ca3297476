/** Readers of command-line values; commander turns what they throw into exit code 2 with the name of the option. */
import { InvalidArgumentError } from 'commander';
import type { Money } from '../domain/money.ts';

function integer(text: string, what: string, lowest: number): number {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value) || value < lowest) throw new InvalidArgumentError(`It must be ${what}.`);
  return value;
}

/** A whole number above zero. */
export function positiveInteger(text: string): number {
  return integer(text, 'a whole number above zero', 1);
}

/** Of `--watch [seconds]`, which also takes the word after it when that was meant for the command. */
export function watchSeconds(text: string): number {
  return integer(text, 'a whole number of seconds above zero, or left out; write --watch last', 1);
}

/** A whole number, zero included. */
export function countingNumber(text: string): number {
  return integer(text, 'a whole number, zero or above', 0);
}

/** A whole number other than zero, with or without a sign. */
export function signedQuantity(text: string): number {
  const value = integer(text, 'a whole number other than zero, such as +5 or -3', Number.MIN_SAFE_INTEGER);
  if (value === 0) throw new InvalidArgumentError('It must not be zero.');
  return value;
}

export interface LineQuantity {
  readonly lineId: string;
  readonly quantity: number;
}

/** `ID:QTY`, may be given several times. */
export function lineQuantities(text: string, before: readonly LineQuantity[] = []): readonly LineQuantity[] {
  const [, lineId, quantity] = /^([^:]+):(\d+)$/.exec(text) ?? [];
  if (lineId === undefined || quantity === undefined) {
    throw new InvalidArgumentError('It must be a line id and a quantity, such as 1:2.');
  }
  return [...before, { lineId, quantity: positiveInteger(quantity) }];
}

/** `GBP=255`, minor units; may be given several times. */
export function prices(text: string, before: readonly Money[] = []): readonly Money[] {
  const [, currency, amount] = /^([A-Z]{3})=(\d+)$/.exec(text) ?? [];
  if (currency === undefined || amount === undefined) {
    throw new InvalidArgumentError('It must be a currency and an amount in minor units, such as GBP=255.');
  }
  if (before.some((price) => price.currency === currency)) {
    throw new InvalidArgumentError(`${currency} is given twice.`);
  }
  return [...before, { currency, amountMinor: countingNumber(amount) }];
}

/** A number of admissions in a second, zero included; it may have decimals. */
export function ratePerSecond(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text))
    throw new InvalidArgumentError('It must be a number, zero or above, such as 20 or 0.5.');
  return Number(text);
}

/** A sku; may be given several times. */
export function skus(text: string, before: readonly string[] = []): readonly string[] {
  if (before.includes(text)) throw new InvalidArgumentError(`${text} is given twice.`);
  return [...before, text];
}
