import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, matchesGlob, relative } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { NODE_FLAGS } from '../../embedded/node-program.ts';
import { PREBUILT_BUNDLE } from '../../src/workers/workflow-bundle.ts';
import { PROJECT } from './check.ts';
import { inheritedInstructions, readDockerfile, valuesOf, type Instruction } from './dockerfile.ts';

const run = promisify(execFile);
const stages = readDockerfile(join(PROJECT, 'Dockerfile'));
const IMAGES = ['runtime', 'demo'];

function instructionsOf(name: string): Instruction[] {
  return inheritedInstructions(stages, name);
}

/** What a stage takes from the project: without `--from`, the words but the last of each COPY. */
function copied(instructions: readonly Instruction[]): string[] {
  return valuesOf(instructions, 'COPY')
    .filter((value) => !value.startsWith('--from='))
    .flatMap((value) => value.split(' ').slice(0, -1));
}

describe('the Dockerfile', () => {
  test('is built upon the version of Node that the project is tested with, on glibc', () => {
    const packages = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as {
      devDependencies: Record<string, string>;
    };
    const images = stages
      .map((stage) => stage.from)
      .filter((from) => !stages.some((stage) => stage.name === from));
    expect(new Set(images)).toEqual(new Set([`node:${packages.devDependencies['node']}-bookworm-slim`]));
  });

  test.each(IMAGES)('runs %s as a user without rights, in production mode', (name) => {
    const instructions = instructionsOf(name);
    expect(valuesOf(instructions, 'USER')).toEqual(['node']);
    expect(valuesOf(instructions, 'ENV')).toEqual([
      'NODE_ENV=production',
      `NODE_OPTIONS="${NODE_FLAGS.join(' ')}"`,
    ]);
    const afterUser = instructions.slice(instructions.findIndex((one) => one.name === 'USER'));
    expect(afterUser.filter((one) => one.name === 'RUN' || one.name === 'COPY')).toEqual([]);
  });

  test('leaves what builds an image out of it', () => {
    const built = instructionsOf('runtime').filter((one) => one.name === 'RUN');
    expect(built).toEqual([]);
    expect(valuesOf(instructionsOf('dependencies'), 'RUN')).toEqual([
      '--mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts',
    ]);
    expect(valuesOf(instructionsOf('runtime'), 'COPY')).toContain(
      '--from=dependencies /app/node_modules ./node_modules',
    );
  });

  test('bundles the workflow code where a worker looks for it', () => {
    const [program] = valuesOf(instructionsOf('bundle'), 'RUN')
      .filter((value) => value.startsWith('['))
      .map((value) => JSON.parse(value) as string[]);
    expect(program).toEqual(['node', 'src/workers/workflow-bundle.main.ts']);
    expect(valuesOf(instructionsOf('runtime'), 'COPY')).toContain('--from=bundle /app/dist ./dist');
    expect(relative(PROJECT, PREBUILT_BUNDLE)).toBe(join('dist', 'workflow-bundle.js'));
    expect(existsSync(join(PROJECT, program?.[1] ?? ''))).toBe(true);
  });

  test('copies what exists, and lets it into the build', () => {
    const ignored = readFileSync(join(PROJECT, '.dockerignore'), 'utf8').split('\n');
    const admitted = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    for (const path of stages.flatMap((stage) => copied(stage.instructions))) {
      expect([path, existsSync(join(PROJECT, path))]).toEqual([path, true]);
      expect(admitted.some((one) => path === one || path.startsWith(`${one}/`))).toBe(true);
    }
    for (const path of admitted) expect([path, existsSync(join(PROJECT, path))]).toEqual([path, true]);
  });

  test('lets in nothing that is secret, or that a machine made for itself', () => {
    const lines = readFileSync(join(PROJECT, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines[0]).toBe('*');
    const excludedAgain = lines.slice(lines.findLastIndex((line) => line.startsWith('!')) + 1);
    for (const path of ['.env', 'src/.env', 'src/production.env', 'src/domain/money.test.ts']) {
      const isAdmitted = lines.some((line) => line.startsWith('!') && path.startsWith(`${line.slice(1)}/`));
      expect(isAdmitted && !excludedAgain.some((pattern) => matchesGlob(path, pattern))).toBe(false);
    }
  });

  test('carries no simulator, embedded part or test in the production image', () => {
    expect(copied(instructionsOf('runtime')).sort()).toEqual(['LICENSE', 'db', 'package.json', 'src']);
  });
});

describe('the health check of the image', () => {
  const [check = ''] = valuesOf(instructionsOf('runtime'), 'HEALTHCHECK');
  const [program = '', ...args] = JSON.parse(check.slice(check.indexOf('CMD ') + 4)) as string[];

  /** @returns the exit code of the check while a server answers /readyz with `status` */
  async function exitCode(status: number, variable: string): Promise<number | string | undefined> {
    const server = createServer((request, response) =>
      response.writeHead(request.url === '/readyz' ? status : 404).end(),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      await run(process.execPath, args, { env: { [variable]: String(port) } });
      return 0;
    } catch (error) {
      return (error as { code?: number | string }).code;
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  test('needs nothing but Node', () => {
    expect(program).toBe('node');
    expect(check).toMatch(/^(--[a-z-]+=\d+s? )+CMD \[/);
  });

  test.each([
    [200, 'API_PORT', 0],
    [200, 'HEALTH_PORT', 0],
    [503, 'API_PORT', 1],
    [503, 'HEALTH_PORT', 1],
  ])('a process that answers %i at %s makes it end with %i', async (status, variable, code) => {
    expect(await exitCode(status, variable)).toBe(code);
  });

  test('fails while nothing answers', async () => {
    await expect(run(process.execPath, args, { env: { API_PORT: '1' } })).rejects.toMatchObject({ code: 1 });
  });
});
