import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { CODEC_TOKEN, startTestApi, type Sent, type TestApi } from './test-api.ts';

jest.setTimeout(60_000);

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ variables: { TEMPORAL_UI_URL: 'http://localhost:8233' } });
});
afterAll(() => api.close());

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const CLEAR = {
  payloads: [
    { metadata: { encoding: base64('json/plain') }, data: base64('{"city":"Leeds"}') },
    { metadata: { encoding: base64('binary/null') }, data: '' },
  ],
};
const encode = (body: unknown = CLEAR): Promise<Sent> =>
  api.send('POST', '/v1/codec/encode', { as: 'admin', body });

describe('the codec', () => {
  it('encrypts payloads and decrypts them again', async () => {
    const encrypted = await encode();
    expect(encrypted.status).toBe(200);
    expect(Buffer.from(encrypted.json.payloads[0].metadata.encoding, 'base64').toString()).toBe(
      'binary/encrypted',
    );
    expect(Buffer.from(encrypted.json.payloads[0].data, 'base64').toString()).not.toContain('Leeds');
    const decrypted = await api.send('POST', '/v1/codec/decode', { as: 'admin', body: encrypted.json });
    expect(decrypted.json).toEqual(CLEAR);
  });

  it('leaves payloads alone that were never encrypted', async () => {
    const sent = await api.send('POST', '/v1/codec/decode', { as: 'admin', body: CLEAR });
    expect(sent.json).toEqual(CLEAR);
  });

  it.each<[string, unknown]>([
    [
      'a payload that was changed',
      {
        metadata: { encoding: base64('binary/encrypted'), 'encryption-key-id': base64('test') },
        data: base64('x'.repeat(64)),
      },
    ],
    [
      'a key that is not here',
      {
        metadata: { encoding: base64('binary/encrypted'), 'encryption-key-id': base64('gone') },
        data: base64('x'.repeat(64)),
      },
    ],
    ['bytes that are no base64', { metadata: {}, data: 'ä' }],
  ])('answers 400 for %s', async (_name, payload) => {
    const sent = await api.send('POST', '/v1/codec/decode', { as: 'admin', body: { payloads: [payload] } });
    expect(sent.status).toBe(400);
  });

  it('takes a page of history larger than other bodies may be', async () => {
    const body = {
      payloads: [{ metadata: { encoding: base64('json/plain') }, data: base64('x'.repeat(2_000_000)) }],
    };
    const encrypted = await encode(body);
    expect(encrypted.status).toBe(200);
  });
});

describe('the address for the Temporal Web UI', () => {
  const address = (token: string): string => `/v1/codec/${token}/decode`;

  it('decrypts without a key, also with parameters that the Web UI adds', async () => {
    const { json } = await encode();
    const sent = await api.send('POST', `${address(CODEC_TOKEN)}?preserveStorageRefs=true`, {
      body: json,
      headers: { 'x-namespace': 'default' },
    });
    expect(sent.status).toBe(200);
    expect(sent.json).toEqual(CLEAR);
  });

  it.each(['wrong', CODEC_TOKEN.slice(0, -1), `${CODEC_TOKEN}x`, 'ä'])(
    'is nothing with another token (%s), whatever the body',
    async (token) => {
      for (const body of [CLEAR, {}, 'not JSON']) {
        const sent = await api.send('POST', address(encodeURIComponent(token)), { body });
        expect(sent.status).toBe(404);
      }
    },
  );

  it('is nothing when no token is set', async () => {
    const without = await startTestApi({
      databaseUrl: api.databaseUrl,
      variables: { CODEC_ENDPOINT_TOKEN: '' },
    });
    try {
      expect((await without.send('POST', address('undefined'), { body: CLEAR })).status).toBe(404);
    } finally {
      await without.close();
    }
  });

  it('never shows its token in a log', () => {
    expect(api.log()).toContain('/v1/codec/{capability}/decode');
    expect(api.log()).not.toContain(CODEC_TOKEN);
  });
});

describe('pages of other origins', () => {
  const preflight = (origin: string, path = `/v1/codec/${CODEC_TOKEN}/decode`): Promise<Sent> =>
    api.send('OPTIONS', path, {
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-namespace',
      },
    });

  it.each(['http://localhost:8233', 'http://127.0.0.1:8233'])('at %s may decode', async (origin) => {
    for (const path of [`/v1/codec/${CODEC_TOKEN}/decode`, '/v1/codec/decode']) {
      const asked = await preflight(origin, path);
      expect(asked.status).toBe(204);
      expect(asked.headers.get('access-control-allow-origin')).toBe(origin);
      expect(asked.headers.get('access-control-allow-methods')).toBe('POST');
      expect(asked.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('x-namespace');
    }
    const sent = await api.send('POST', `/v1/codec/${CODEC_TOKEN}/decode`, {
      body: CLEAR,
      headers: { origin },
    });
    expect(sent.headers.get('access-control-allow-origin')).toBe(origin);
    expect(sent.headers.get('vary')).toContain('Origin');
  });

  it.each(['http://localhost:8234', 'https://localhost:8233', 'http://evil.example', 'null'])(
    'at %s may not',
    async (origin) => {
      expect((await preflight(origin)).headers.get('access-control-allow-origin')).toBeNull();
      const sent = await api.send('POST', `/v1/codec/${CODEC_TOKEN}/decode`, {
        body: CLEAR,
        headers: { origin },
      });
      expect(sent.headers.get('access-control-allow-origin')).toBeNull();
    },
  );

  it('of the Temporal Web UI may do nothing else here', async () => {
    const origin = 'http://localhost:8233';
    expect((await preflight(origin, '/v1/orders')).headers.get('access-control-allow-origin')).toBeNull();
    const sent = await api.send('GET', '/v1/orders', { as: 'admin', headers: { origin } });
    expect(sent.headers.get('access-control-allow-origin')).toBeNull();
  });
});
