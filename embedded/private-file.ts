import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { z } from 'zod';

/**
 * The content of a file that only its owner may read; made once when it is not there, wholly or not at all.
 * @throws Error naming the file when it holds something else
 */
export function readOrCreatePrivateFile<Content>(
  file: string,
  schema: z.ZodType<Content>,
  create: () => Content,
): Content {
  if (!existsSync(file)) writePrivateFile(file, create());
  chmodSync(file, 0o600);
  let parsed: Content;
  try {
    parsed = schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new Error(`${file} is damaged. Remove it and start again with --fresh.`, { cause: error });
  }
  return parsed;
}

export function writePrivateFile(file: string, content: unknown): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const unfinished = `${file}.${process.pid}.new`;
  writeFileSync(unfinished, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(unfinished, file);
}
