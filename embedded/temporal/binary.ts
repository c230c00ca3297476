import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const TEMPORAL_CLI_VERSION = '1.8.2';

export async function findTemporal(
  _report: (message: string) => void,
  _signal: AbortSignal,
): Promise<string> {
  const cached = join(homedir(), '.cache', 'order-saga', `temporal-${TEMPORAL_CLI_VERSION}`, 'temporal');
  if (existsSync(cached)) return cached;
  throw new Error('There is no Temporal server.');
}
