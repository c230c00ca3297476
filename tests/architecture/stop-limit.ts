import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from './check.ts';

/** How long a program of ours gives itself to stop, milliseconds; as the code says it. */
export function ownStopLimitMs(): number {
  const code = readFileSync(join(PROJECT, 'src/config/run-process.ts'), 'utf8');
  const limitMs = Number(/options\.stopTimeoutMs \?\? ([\d_]+)/.exec(code)?.[1]?.replaceAll('_', ''));
  if (!(limitMs > 0)) throw new Error('src/config/run-process.ts does not say how long a stop may take');
  return limitMs;
}
