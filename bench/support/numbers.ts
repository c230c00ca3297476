/** Figures of repeated measurements. */

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The value below which this part of the values lies, between neighbours in proportion. NaN of nothing. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * part;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/** The median with the smallest and the largest: `38.2 (36.9–39.0)`. */
export function withSpread(values: readonly number[], digits = 1): string {
  const show = (value: number): string => value.toFixed(digits);
  if (values.length === 1) return show(values[0] ?? Number.NaN);
  return `${show(median(values))} (${show(Math.min(...values))}–${show(Math.max(...values))})`;
}

/**
 * A value of the exponential distribution with this mean, as the gaps of a Poisson process have it.
 * @param fraction chance, from 0 (included) to 1
 */
export function exponential(fraction: number, mean: number): number {
  return -Math.log(1 - fraction) * mean;
}
