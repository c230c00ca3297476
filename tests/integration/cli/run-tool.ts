/** The tool as a process of its own, the way a person runs it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { stack } from '../../support/stack.ts';

const MAIN = join(import.meta.dirname, '../../../src/cli/main.ts');

export interface ToolResult {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningTool {
  readonly process: ChildProcess;
  /** What it has written to stdout so far. */
  readonly stdout: () => string;
  /** What it has written to stderr so far. */
  readonly stderr: () => string;
  readonly ended: Promise<ToolResult>;
}

/** Starts `saga <words>` against the API of the test stack, with its operator's or importer's key. */
export function startTool(words: readonly string[]): RunningTool {
  const { apiUrl, keys } = stack();
  const child = spawn(process.execPath, [MAIN, ...words], {
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      ORDER_SAGA_URL: apiUrl,
      ORDER_SAGA_API_KEY: words[0] === 'import-retail' ? keys.importer : keys.operator,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<ToolResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
  return { process: child, stdout: () => stdout, stderr: () => stderr, ended };
}

/** Runs `saga <words>` to its end. */
export function runTool(...words: readonly string[]): Promise<ToolResult> {
  return startTool(words).ended;
}

/** Runs `saga <words> --json`, and reads the one document that it prints. */
export async function runJson(
  ...words: readonly string[]
): Promise<{ readonly exitCode: number | null; readonly json: unknown; readonly stderr: string }> {
  const { exitCode, stdout, stderr } = await runTool(...words, '--json');
  try {
    return { exitCode, json: JSON.parse(stdout), stderr };
  } catch (error) {
    throw new Error(`stdout is not one JSON document: ${stdout}\nstderr: ${stderr}`, { cause: error });
  }
}
