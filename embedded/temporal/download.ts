import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Report } from './cache.ts';

export const OFFICIAL_RELEASES = 'https://github.com/temporalio/cli/releases/download';
/** A network that does not let us through is noticed fast; one that does may take its time for 50 MB. */
const CONNECT_TIMEOUT_MS = 6_000;
const DOWNLOAD_TIMEOUT_MS = 5 * 60_000;

/**
 * Downloads the official program and compares its digest with the published one.
 * @param program where it is written
 * @param releases where the releases are published
 * @throws Error when it is out of reach, not published for this machine, or not what was published
 */
export async function downloadTemporal(
  version: string,
  program: string,
  report: Report,
  signal: AbortSignal,
  releases: string,
): Promise<void> {
  const architecture = { x64: 'amd64', arm64: 'arm64' }[process.arch as string];
  if (!architecture || !['linux', 'darwin'].includes(process.platform))
    throw new Error(`none is published for ${process.platform} on ${process.arch}`);
  const archiveName = `temporal_cli_${version}_${process.platform}_${architecture}.tar.gz`;
  report('looking for the official download');
  const checksums = await get(`${releases}/v${version}/checksums.txt`, CONNECT_TIMEOUT_MS, signal);
  const expected = checksums
    .toString('utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find(([, name]) => name === archiveName)?.[0];
  if (!expected) throw new Error(`no digest is published for ${archiveName}`);
  report('downloading the Temporal server, about 50 MB');
  const archive = await get(`${releases}/v${version}/${archiveName}`, DOWNLOAD_TIMEOUT_MS, signal);
  const actual = createHash('sha256').update(archive).digest('hex');
  if (actual !== expected)
    throw new Error(`${archiveName} has the digest ${actual}, published is ${expected}`);
  const archiveFile = join(dirname(program), archiveName);
  writeFileSync(archiveFile, archive);
  await promisify(execFile)('tar', ['-xzf', archiveFile, '-C', dirname(program), 'temporal'], { signal });
  rmSync(archiveFile);
}

async function get(url: string, timeoutMs: number, signal: AbortSignal): Promise<Buffer> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, timeout]) });
    if (!response.ok) throw new Error(`${new URL(url).host} answered ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    if (timeout.aborted) throw new Error(`${new URL(url).host} did not answer in time`, { cause: error });
    const cause = (error as Error).cause;
    throw new Error(cause instanceof Error ? cause.message : (error as Error).message, { cause: error });
  }
}
