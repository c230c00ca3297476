import { resolve } from 'node:path';
import type { CliContext } from './context.ts';

/** npm runs scripts in the project's directory and says in INIT_CWD where the person was, whose path it is. */
export function personPath(path: string, environment: CliContext['environment']): string {
  const isNpmScript = environment['npm_lifecycle_event'] === 'saga';
  return resolve((isNpmScript && environment['INIT_CWD']) || '.', path);
}
