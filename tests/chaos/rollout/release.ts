/** Another release of this service: the code of this checkout with a change, in a folder of its own, and workers that run it. */
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ManagedProcess, type ProcessHost } from '../../../embedded/managed-process.ts';
import { nodeProgram, PROJECT_DIRECTORY } from '../../../embedded/node-program.ts';
import type { ShopLab } from '../support/shop-lab.ts';

const STORY = 'src/workflows/orders/process-order.workflow.ts';
const BEFORE_THE_CHANGE = "  else order.announce('Screening');\n";
/** The history of an order of the changed release has a timer of this length, and that of no other has. */
export const SECOND_THOUGHT_MS = 7;
const CHANGE = `  await order.once('second thought', () => sleep(${SECOND_THOUGHT_MS}));\n`;

/**
 * A release whose orders wait for a moment before the money is asked for. Neither it nor this checkout can carry on an order
 * that the other has begun: the histories do not fit.
 */
export function makeChangedRelease(directory: string): void {
  makeRelease(directory, { file: STORY, before: BEFORE_THE_CHANGE, after: BEFORE_THE_CHANGE + CHANGE });
}

/** What a release has otherwise than this checkout: a text that is there once, and what stands in its place. */
export interface ChangeOfCode {
  /** Path in the project. */
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

/** The code of this checkout with one change, in a folder that is there already. @throws Error when the place for it is not there once */
export function makeRelease(directory: string, { file, before, after }: ChangeOfCode): void {
  for (const part of ['src', 'db', 'package.json'])
    cpSync(join(PROJECT_DIRECTORY, part), join(directory, part), { recursive: true });
  symlinkSync(join(PROJECT_DIRECTORY, 'node_modules'), join(directory, 'node_modules'));
  const path = join(directory, file);
  const code = readFileSync(path, 'utf8');
  if (code.split(before).length !== 2) throw new Error(`${file} has not the one place for the change`);
  writeFileSync(
    path,
    code.replace(before, () => after),
  );
}

/**
 * Starts one more order worker beside those of the shop; it writes its log where they do.
 * @param buildId of its version; empty: without one
 * @param release where its code is
 */
export function startWorker(
  lab: ShopLab,
  name: string,
  buildId: string,
  release = PROJECT_DIRECTORY,
): Promise<ManagedProcess> {
  const host: ProcessHost = {
    logDirectory: join(lab.directory, 'logs'),
    runDirectory: join(lab.directory, 'run'),
    onIncident: (program, what) => void process.stderr.write(`the tests' ${program} ${what}\n`),
    hurry: new AbortController().signal,
  };
  const env = { ...lab.addresses.env, WORKER_BUILD_ID: buildId };
  const program = nodeProgram(name, 'src/workers/order-worker.main.ts', env, host);
  return ManagedProcess.start(
    {
      ...program,
      args: program.args.map((arg) => arg.replace(PROJECT_DIRECTORY, release)),
      workingDirectory: release,
    },
    host,
  );
}
