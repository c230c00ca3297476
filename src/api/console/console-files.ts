/** The built console, read whole with the first request for it: it is small, and few processes ever serve it. */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CatalogueError } from '../../domain/errors.ts';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface ConsoleFile {
  readonly contentType: string;
  readonly bytes: Buffer;
}

export interface ConsoleFiles {
  readonly page: Buffer;
  /** By name, each with a digest of its content in it. */
  readonly assets: ReadonlyMap<string, ConsoleFile>;
}

/**
 * @param directory CONSOLE_DIRECTORY
 * @throws CatalogueError NOT_FOUND, saying how to build it, when there is none
 */
export type ReadConsole = (directory: string) => Promise<ConsoleFiles>;

export function createReadConsole(): ReadConsole {
  let known: Promise<ConsoleFiles> | undefined;
  return async (directory) => {
    known ??= readFiles(resolve(PROJECT, directory));
    try {
      return await known;
    } catch (error) {
      // It may be built a moment later.
      known = undefined;
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new CatalogueError(
        'NOT_FOUND',
        'The console is not built here. Run `node console/build.main.ts`, or set CONSOLE_DIRECTORY to where it lies.',
      );
    }
  };
}

async function readFiles(directory: string): Promise<ConsoleFiles> {
  const page = await readFile(join(directory, 'index.html'));
  const names = await readdir(join(directory, 'assets'));
  const assets = await Promise.all(
    names.map(async (name): Promise<[string, ConsoleFile]> => {
      const contentType = CONTENT_TYPES[extname(name)] ?? 'application/octet-stream';
      return [name, { contentType, bytes: await readFile(join(directory, 'assets', name)) }];
    }),
  );
  return { page, assets: new Map(assets) };
}
