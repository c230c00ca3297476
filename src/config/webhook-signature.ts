/**
 * The signature on webhooks, the same on both ends: `webhook-signature: t=<unix seconds>,v1=<hex>`, where the hex is
 * HMAC-SHA256 over `<t>.<body exactly as sent>`. The time is part of what is signed, so a recorded request cannot be
 * sent again later.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export const WEBHOOK_SIGNATURE_HEADER = 'webhook-signature';
/** How far the sender's clock may be from ours, in both directions. */
export const WEBHOOK_TOLERANCE_SECONDS = 300;

/**
 * The header value for a body.
 * @param timestampSeconds when it is sent, whole seconds since 1970; a repetition is signed anew
 */
export function signWebhook(secret: string, timestampSeconds: number, body: string | Uint8Array): string {
  return `t=${timestampSeconds},v1=${digest(secret, timestampSeconds, body).toString('hex')}`;
}

export type WebhookVerification =
  { readonly valid: true } | { readonly valid: false; readonly reason: WebhookRefusal };
/**
 * `missing`: no header. `malformed`: not of the form above. `mismatch`: another secret, another body or another time was
 * signed. `stale`: signed by the right secret, but too long ago or too far in the future.
 */
export type WebhookRefusal = 'missing' | 'malformed' | 'mismatch' | 'stale';

/**
 * Checks a webhook; compares in constant time. Several `v1` values are allowed, so that a sender can change its secret.
 * @param request.header the value of {@link WEBHOOK_SIGNATURE_HEADER} as received, undefined when there was none
 * @param request.body the bytes exactly as received, before any parsing
 * @param request.nowSeconds the receiver's clock, seconds since 1970
 */
export function verifyWebhook(request: {
  readonly secret: string;
  readonly header: string | undefined;
  readonly body: string | Uint8Array;
  readonly nowSeconds: number;
  /** @default WEBHOOK_TOLERANCE_SECONDS */
  readonly toleranceSeconds?: number;
}): WebhookVerification {
  if (request.header === undefined || request.header === '') return { valid: false, reason: 'missing' };
  const parts = request.header.split(',').map((part) => part.trim());
  const timestamp = parts.find((part) => part.startsWith('t='))?.slice(2) ?? '';
  const signatures = parts.filter((part) => part.startsWith('v1=')).map((part) => part.slice(3));
  if (!/^\d{1,12}$/.test(timestamp) || signatures.length === 0) return { valid: false, reason: 'malformed' };
  if (signatures.some((signature) => !/^[0-9a-f]{64}$/.test(signature)))
    return { valid: false, reason: 'malformed' };

  const expected = digest(request.secret, Number(timestamp), request.body);
  const matches = signatures.filter((signature) => timingSafeEqual(Buffer.from(signature, 'hex'), expected));
  if (matches.length === 0) return { valid: false, reason: 'mismatch' };
  const ageSeconds = Math.abs(request.nowSeconds - Number(timestamp));
  if (ageSeconds > (request.toleranceSeconds ?? WEBHOOK_TOLERANCE_SECONDS))
    return { valid: false, reason: 'stale' };
  return { valid: true };
}

function digest(secret: string, timestampSeconds: number, body: string | Uint8Array): Buffer {
  return createHmac('sha256', secret).update(`${timestampSeconds}.`).update(body).digest();
}
