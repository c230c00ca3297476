/**
 * Encrypts what Temporal stores, so that its database, its web page and its backups hold no personal data in clear.
 *
 * Owns: the form of an encrypted payload, which is the one that Temporal's own samples use in every language (AES-256-GCM
 * over the serialized payload: 12 bytes of nonce, the ciphertext, 16 bytes of tag). Does not own: where keys come from.
 */
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';

const ALGORITHM = 'aes-256-gcm';
const ENCODING = 'binary/encrypted';
const ENCODING_FIELD = 'encoding';
const KEY_ID_FIELD = 'encryption-key-id';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A key by its name. The name travels in clear beside each payload. */
export interface CodecKey {
  readonly id: string;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

/** A payload that cannot be read: encrypted with a key that is not there, or changed on its way. */
export class PayloadDecryptionError extends Error {
  override readonly name = 'PayloadDecryptionError';
}

/**
 * Makes the codec. The first key encrypts and all decrypt, so a key is changed by putting the new one in front everywhere
 * as a second key first, then swapping, and taking the old one away when no stored history needs it.
 *
 * Decoding leaves payloads alone that this codec did not encrypt.
 *
 * @throws RangeError when there is no key, a key is not 32 bytes long, or two have the same id
 */
export function createPayloadCodec(keys: readonly CodecKey[]): PayloadCodec {
  const [encryptionKey] = keys;
  if (encryptionKey === undefined) throw new RangeError('A payload codec needs at least one key');
  for (const key of keys) {
    if (key.secret.length !== 32) throw new RangeError(`Payload codec key "${key.id}" is not 32 bytes long`);
  }
  // A key object is made once; of plain bytes each cipher would make one anew.
  const secretById = new Map(keys.map((key) => [key.id, createSecretKey(key.secret)]));
  if (secretById.size !== keys.length) throw new RangeError('Two payload codec keys have the same id');
  const encryption: EncryptionKey = { id: encryptionKey.id, secret: createSecretKey(encryptionKey.secret) };
  return {
    // The interface is asynchronous; a cipher call of a few microseconds is cheaper than a trip through a thread pool.
    encode: async (payloads) => payloads.map((payload) => encrypt(payload, encryption)),
    decode: async (payloads) =>
      payloads.map((payload) => (isEncrypted(payload) ? decrypt(payload, secretById) : payload)),
  };
}

function isEncrypted(payload: Payload): boolean {
  return textOf(payload.metadata?.[ENCODING_FIELD]) === ENCODING;
}

interface EncryptionKey {
  readonly id: string;
  readonly secret: KeyObject;
}

function encrypt(payload: Payload, key: EncryptionKey): Payload {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key.secret, nonce);
  const clear = proto.temporal.api.common.v1.Payload.encode(payload).finish();
  const data = Buffer.concat([nonce, cipher.update(clear), cipher.final(), cipher.getAuthTag()]);
  return {
    metadata: { [ENCODING_FIELD]: Buffer.from(ENCODING), [KEY_ID_FIELD]: Buffer.from(key.id) },
    data,
  };
}

function decrypt(payload: Payload, secretById: ReadonlyMap<string, KeyObject>): Payload {
  const keyId = textOf(payload.metadata?.[KEY_ID_FIELD]);
  const secret = secretById.get(keyId);
  if (secret === undefined) {
    throw new PayloadDecryptionError(
      `A payload is encrypted with the key "${keyId}", which is not configured; add it to TEMPORAL_CODEC_KEYS`,
    );
  }
  const data = payload.data ?? new Uint8Array();
  if (data.length < NONCE_BYTES + TAG_BYTES) {
    throw new PayloadDecryptionError(`A payload encrypted with the key "${keyId}" is cut short`);
  }
  const decipher = createDecipheriv(ALGORITHM, secret, data.subarray(0, NONCE_BYTES));
  decipher.setAuthTag(data.subarray(data.length - TAG_BYTES));
  try {
    const clear = Buffer.concat([
      decipher.update(data.subarray(NONCE_BYTES, data.length - TAG_BYTES)),
      decipher.final(),
    ]);
    return proto.temporal.api.common.v1.Payload.decode(clear);
  } catch (cause) {
    throw new PayloadDecryptionError(
      `A payload encrypted with the key "${keyId}" does not decrypt: it was changed, or the key of that name is another one`,
      { cause },
    );
  }
}

function textOf(bytes: Uint8Array | null | undefined): string {
  return bytes ? Buffer.from(bytes).toString('utf8') : '';
}
