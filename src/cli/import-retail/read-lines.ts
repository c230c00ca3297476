/**
 * A file as numbered lines. Works on bytes, so that a line with broken text spoils no other line.
 */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** A line above this length is no row of a shop's invoice; it is reported and not kept. Bytes. */
export const MAX_LINE_BYTES = 64 * 1024;

export interface NumberedLine {
  /** From 1. */
  readonly number: number;
  /** Without its line end; null when it is longer than {@link MAX_LINE_BYTES}. */
  readonly text: string | null;
  /** False for a last line that the file ends in the middle of. */
  readonly terminated: boolean;
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const windows1252 = new TextDecoder('windows-1252');

/** UTF-8 as it should be; a line that is not UTF-8 is read as Windows-1252, in which spreadsheets save CSV. */
function decode(bytes: Buffer): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    // Every byte has a meaning there, so nothing is lost; fields that count are checked character by character.
    return windows1252.decode(bytes);
  }
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Reads lines that end in LF or CRLF; a leading byte order mark is removed.
 *
 * @param hash is fed with every byte of the file
 * @throws the error of the file system when the file cannot be read
 */
export async function* readLines(
  path: string,
  hash: Hash = createHash('sha256'),
): AsyncGenerator<NumberedLine> {
  let number = 0;
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let overlong = false;

  const take = (terminated: boolean): NumberedLine => {
    number += 1;
    let bytes = Buffer.concat(pending);
    if (number === 1 && bytes.subarray(0, 3).equals(BYTE_ORDER_MARK)) bytes = bytes.subarray(3);
    if (bytes.at(-1) === CARRIAGE_RETURN) bytes = bytes.subarray(0, -1);
    const text = overlong ? null : decode(bytes);
    pending = [];
    pendingBytes = 0;
    overlong = false;
    return { number, text, terminated };
  };
  const add = (bytes: Buffer): void => {
    pendingBytes += bytes.length;
    if (pendingBytes > MAX_LINE_BYTES) {
      overlong = true;
      pending = [];
    } else if (bytes.length > 0) pending.push(bytes);
  };

  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED, from); end !== -1; end = chunk.indexOf(LINE_FEED, from)) {
      add(chunk.subarray(from, end));
      yield take(true);
      from = end + 1;
    }
    add(chunk.subarray(from));
  }
  if (pendingBytes > 0) yield take(false);
}
