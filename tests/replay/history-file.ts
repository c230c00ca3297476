/** Histories as files: without encryption, in the JSON form that protobuf messages have of themselves. */
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';

const { History } = proto.temporal.api.history.v1;
type HistoryMessage = proto.temporal.api.history.v1.IHistory;

/** @returns an object for JSON, with every payload as it was before it was encrypted */
export async function toFileForm(
  history: HistoryMessage,
  codecs: readonly PayloadCodec[],
): Promise<{ readonly events: readonly unknown[] }> {
  const decoded = await decodeWithin(History.toObject(History.fromObject(history)), codecs);
  const { events = [] } = History.toObject(History.fromObject(decoded as object), {
    longs: String,
    bytes: String,
    enums: String,
  });
  return { events: events as unknown[] };
}

/** @param file what {@link toFileForm} made */
export function fromFileForm(file: unknown): HistoryMessage {
  return History.fromObject(file as object);
}

async function decodeWithin(value: unknown, codecs: readonly PayloadCodec[]): Promise<unknown> {
  if (isPayload(value)) {
    let payloads = [value];
    for (const codec of codecs.toReversed()) payloads = await codec.decode(payloads);
    return payloads[0];
  }
  if (Array.isArray(value)) return Promise.all(value.map((member) => decodeWithin(member, codecs)));
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(
    async ([name, member]) => [name, await decodeWithin(member, codecs)] as const,
  );
  return Object.fromEntries(await Promise.all(members));
}

/** Not bytes, and not a number of 64 bits, which is an object of its own. */
function isObject(value: unknown): value is object {
  const isNumber = typeof value === 'object' && value !== null && 'low' in value && 'high' in value;
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array) && !isNumber;
}

function isPayload(value: unknown): value is Payload {
  if (!isObject(value) || !('metadata' in value)) return false;
  const { metadata } = value;
  return isObject(metadata) && 'encoding' in metadata && metadata.encoding instanceof Uint8Array;
}
