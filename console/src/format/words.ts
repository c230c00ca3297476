/** Names that programs use, as people read them: `partially_refunded` → `partially refunded`. */
export function words(name: string): string {
  return name.replaceAll(/[_-]/g, ' ');
}

/** `AUTHORIZATION_UNRESOLVED` → `Authorization unresolved`. */
export function sentence(name: string): string {
  const text = words(name).toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `commerce.payment.refund_requested.v1` → `Payment refund requested`. */
export function eventName(type: string): string {
  return sentence(
    type
      .replace(/^commerce\./, '')
      .replace(/\.v\d+$/, '')
      .replaceAll('.', ' '),
  );
}

/** Where the service stops counting. */
const COUNTED_AT_MOST = 1_000;

/** A count that ended at its limit says so: `1,000+`. */
export function countText(count: number): string {
  const text = count.toLocaleString('en-GB');
  return count >= COUNTED_AT_MOST ? `${text}+` : text;
}
