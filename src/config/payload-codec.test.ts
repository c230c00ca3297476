import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { createPayloadCodec, PayloadDecryptionError, type CodecKey } from './payload-codec.ts';

const key = (id: string): CodecKey => ({ id, secret: randomBytes(32) });
const payloadOf = (value: unknown): Payload => {
  const payload = defaultPayloadConverter.toPayload(value);
  if (payload === undefined) throw new Error('the default converter has no payload for this value');
  return payload;
};
const valueOf = (payload: Payload | undefined): unknown => {
  if (payload === undefined) throw new Error('there is no payload');
  return defaultPayloadConverter.fromPayload(payload);
};

describe('payload codec', () => {
  test('gives back what it encrypted, in order', async () => {
    const codec = createPayloadCodec([key('a')]);
    const values = [{ email: 'jane@example.com' }, 'text', 1, null, [], { nested: [{ deep: 'ü€' }] }];
    const decoded = await codec.decode(await codec.encode(values.map(payloadOf)));
    expect(decoded.map(valueOf)).toEqual(values);
  });

  test('lets nothing of the value be seen, and never makes the same bytes twice', async () => {
    const codec = createPayloadCodec([key('a')]);
    const payload = payloadOf({ email: 'jane@example.com' });
    const [first, second] = await codec.encode([payload, payload]);
    expect(Buffer.from(first?.data ?? []).includes('jane')).toBe(false);
    expect(Buffer.from(first?.data ?? [])).not.toEqual(Buffer.from(second?.data ?? []));
    expect(Buffer.from(first?.metadata?.['encoding'] ?? []).toString()).toBe('binary/encrypted');
    expect(Buffer.from(first?.metadata?.['encryption-key-id'] ?? []).toString()).toBe('a');
  });

  test('encrypts with the first key and decrypts with each', async () => {
    const [oldKey, newKey] = [key('2026-01'), key('2026-02')];
    const before = createPayloadCodec([oldKey]);
    const after = createPayloadCodec([newKey, oldKey]);
    const [old] = await before.encode([payloadOf('written before the rotation')]);
    const [young] = await after.encode([payloadOf('written after it')]);
    if (old === undefined || young === undefined) throw new Error('nothing was encoded');
    expect((await after.decode([old, young])).map(valueOf)).toEqual([
      'written before the rotation',
      'written after it',
    ]);
    expect(Buffer.from(young.metadata?.['encryption-key-id'] ?? []).toString()).toBe('2026-02');
    await expect(before.decode([young])).rejects.toThrow(/key "2026-02", which is not configured/);
  });

  test('leaves a payload alone that it did not encrypt', async () => {
    const codec = createPayloadCodec([key('a')]);
    const clear = payloadOf('clear');
    const bare: Payload = {};
    expect(await codec.decode([clear, bare])).toEqual([clear, bare]);
  });

  test('refuses every changed byte', async () => {
    const codec = createPayloadCodec([key('a')]);
    const [encrypted] = await codec.encode([payloadOf('42')]);
    const data = encrypted?.data ?? new Uint8Array();
    expect(data.length).toBeGreaterThan(28);
    for (let index = 0; index < data.length; index += 1) {
      const changed = Uint8Array.from(data);
      changed[index] = (changed[index] ?? 0) ^ 1;
      await expect(codec.decode([{ ...encrypted, data: changed }])).rejects.toThrow(PayloadDecryptionError);
    }
  });

  test('refuses a payload that was cut short, and one under the name of another key', async () => {
    const codec = createPayloadCodec([key('a'), key('b')]);
    const [encrypted] = await codec.encode([payloadOf('42')]);
    await expect(codec.decode([{ ...encrypted, data: new Uint8Array(20) }])).rejects.toThrow(/cut short/);
    await expect(codec.decode([{ metadata: encrypted?.metadata ?? {} }])).rejects.toThrow(/cut short/);
    const renamed = { ...encrypted?.metadata, 'encryption-key-id': Buffer.from('b') };
    await expect(codec.decode([{ ...encrypted, metadata: renamed }])).rejects.toThrow(/does not decrypt/);
  });

  test('is not made of keys that cannot work', () => {
    expect(() => createPayloadCodec([])).toThrow(/at least one key/);
    expect(() => createPayloadCodec([{ id: 'short', secret: randomBytes(16) }])).toThrow(/"short" is not 32/);
    expect(() => createPayloadCodec([key('twice'), key('twice')])).toThrow(/same id/);
  });
});
