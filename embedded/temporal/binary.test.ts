import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { findTemporal, TEMPORAL_CLI_VERSION } from './binary.ts';

const NOWHERE = { releases: 'http://127.0.0.1:1', findGo: async () => null };
const { PATH, XDG_CACHE_HOME } = process.env;

let directory: string;
let cached: string;
let reports: string[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'order-saga-temporal-'));
  cached = join(directory, 'cache', 'order-saga', `temporal-${TEMPORAL_CLI_VERSION}`, 'temporal');
  reports = [];
  process.env['PATH'] = `${join(directory, 'bin')}:/usr/bin:/bin`;
  process.env['XDG_CACHE_HOME'] = join(directory, 'cache');
});
afterEach(() => {
  process.env['PATH'] = PATH;
  if (XDG_CACHE_HOME === undefined) delete process.env['XDG_CACHE_HOME'];
  else process.env['XDG_CACHE_HOME'] = XDG_CACHE_HOME;
  rmSync(directory, { recursive: true, force: true });
});

function scriptTelling(version: string): string {
  return `#!/bin/sh\necho "temporal version 1.8.2 (Server ${version}, UI 2.50.1)"\n`;
}

function writeProgram(file: string, version: string): string {
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, scriptTelling(version));
  chmodSync(file, 0o755);
  return file;
}

function find(sources = NOWHERE): Promise<string> {
  return findTemporal((message) => reports.push(message), new AbortController().signal, sources);
}

describe('the Temporal server', () => {
  test('is the one on PATH', async () => {
    writeProgram(cached, '1.31.2');
    const installed = writeProgram(join(directory, 'bin', 'temporal'), '1.30.0');
    expect(await find()).toBe(installed);
  });

  test('is the one in the cache when the one on PATH is too old, which is said', async () => {
    const old = writeProgram(join(directory, 'bin', 'temporal'), '1.29.4');
    writeProgram(cached, '1.31.2');
    expect(await find()).toBe(cached);
    expect(reports).toEqual([expect.stringContaining(`${old} is not used`)]);
  });

  test('has two ways out when it is nowhere, which are named, and nothing is left half-made', async () => {
    await expect(find()).rejects.toThrow(/docs\.temporal\.io[^]*go\.dev[^]*TEMPORAL_ADDRESS/);
    expect(execFileSync('ls', [join(directory, 'cache', 'order-saga')], { encoding: 'utf8' })).not.toContain(
      'unfinished',
    );
  });
});

describe('the official download', () => {
  let server: Server;
  let releases: string;
  let archive: Buffer;
  let digest: string;
  const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
  const name = `temporal_cli_${TEMPORAL_CLI_VERSION}_${process.platform}_${architecture}.tar.gz`;

  beforeEach(async () => {
    writeProgram(join(directory, 'release', 'temporal'), '1.31.2');
    execFileSync('tar', ['-czf', join(directory, name), '-C', join(directory, 'release'), 'temporal']);
    archive = readFileSync(join(directory, name));
    digest = createHash('sha256').update(archive).digest('hex');
    server = createServer((request, response) => {
      if (request.url === `/v${TEMPORAL_CLI_VERSION}/checksums.txt`) response.end(`${digest}  ${name}\n`);
      else if (request.url === `/v${TEMPORAL_CLI_VERSION}/${name}`) response.end(archive);
      else response.writeHead(404).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    releases = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  test('is kept in the cache', async () => {
    expect(await find({ ...NOWHERE, releases })).toBe(cached);
    expect(execFileSync(cached, { encoding: 'utf8' })).toContain('1.31.2');
    expect(reports.join()).toContain('downloading');
  });

  test('is not used when it is not what was published', async () => {
    digest = '0'.repeat(64);
    await expect(find({ ...NOWHERE, releases })).rejects.toThrow(
      /has the digest [0-9a-f]{64}, published is 0{64}/,
    );
    expect(existsSync(cached)).toBe(false);
  });
});
