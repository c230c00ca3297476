import { describe, expect, it } from '@jest/globals';
import { signWebhook, verifyWebhook } from './webhook-signature.ts';

const secret = 'a secret of both ends';
const body = '{"id":"evt_1","text":"grüße"}';
const now = 1_800_000_000;

describe('the webhook signature', () => {
  it('accepts what was signed with the same secret, as text and as bytes', () => {
    const header = signWebhook(secret, now, body);
    expect(header).toMatch(/^t=1800000000,v1=[0-9a-f]{64}$/);
    expect(verifyWebhook({ secret, header, body, nowSeconds: now + 3 })).toEqual({ valid: true });
    expect(verifyWebhook({ secret, header, body: Buffer.from(body), nowSeconds: now })).toEqual({
      valid: true,
    });
  });

  it('signs the value that OpenSSL computes', () => {
    // printf '1800000000.{}' | openssl dgst -sha256 -hmac key
    expect(signWebhook('key', now, '{}')).toBe(
      't=1800000000,v1=7321475872b03ff21bdc2dfd86ea2d99ec29c479fbe4a77aa6acf4509505493f',
    );
  });

  it('refuses another body, another secret and another time as a mismatch', () => {
    const header = signWebhook(secret, now, body);
    const mismatch = { valid: false, reason: 'mismatch' };
    expect(verifyWebhook({ secret, header, body: `${body} `, nowSeconds: now })).toEqual(mismatch);
    expect(verifyWebhook({ secret: 'other', header, body, nowSeconds: now })).toEqual(mismatch);
    const moved = header.replace(`t=${now}`, `t=${now + 1}`);
    expect(verifyWebhook({ secret, header: moved, body, nowSeconds: now })).toEqual(mismatch);
  });

  it('refuses a signature that is older or newer than the tolerance', () => {
    const header = signWebhook(secret, now, body);
    const at = (nowSeconds: number) => verifyWebhook({ secret, header, body, nowSeconds });
    expect(at(now + 300)).toEqual({ valid: true });
    expect(at(now + 301)).toEqual({ valid: false, reason: 'stale' });
    expect(at(now - 300)).toEqual({ valid: true });
    expect(at(now - 301)).toEqual({ valid: false, reason: 'stale' });
  });

  it('tells a missing header from a malformed one', () => {
    const check = (header: string | undefined) => verifyWebhook({ secret, header, body, nowSeconds: now });
    expect(check(undefined)).toEqual({ valid: false, reason: 'missing' });
    expect(check('')).toEqual({ valid: false, reason: 'missing' });
    for (const header of ['nonsense', `t=${now}`, 'v1=00', `t=${now},v1=00`, `t=x,v1=${'0'.repeat(64)}`]) {
      expect(check(header)).toEqual({ valid: false, reason: 'malformed' });
    }
  });

  it('accepts either secret while the sender changes it', () => {
    const old = signWebhook('old secret', now, body).split(',')[1];
    const header = `${signWebhook(secret, now, body)},${old}`;
    expect(verifyWebhook({ secret, header, body, nowSeconds: now })).toEqual({ valid: true });
    expect(verifyWebhook({ secret: 'old secret', header, body, nowSeconds: now })).toEqual({ valid: true });
  });
});
