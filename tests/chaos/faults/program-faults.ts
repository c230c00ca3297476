/**
 * Loaded into our own programs before they begin (`node --import`), and into no other: it moves their clock, blocks their
 * event loop and changes their environment as the file at PROGRAM_FAULTS_FILE says. What it did it writes to the log.
 */
import { readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/** What is to happen to one program. */
export interface ProgramFaults {
  /** Counts the orders, so that each is carried out once. */
  readonly order: number;
  /** How far its clock is off, milliseconds. */
  readonly clockOffsetMs: number;
  /** How long its event loop is blocked, once; milliseconds. */
  readonly stallMs: number;
  /** Variables that are set when it starts. */
  readonly environment: Readonly<Record<string, string>>;
}

const POLL_MS = 50;
/** What the program writes when it has seen an order. */
export const seenOrder = (order: number): string => `program faults: order ${order}`;

function programName(): string {
  const file = process.argv[1] ?? '';
  return file.endsWith('src/api/main.ts') ? 'api' : (/([\w-]+)\.main\.ts$/.exec(file)?.[1] ?? '');
}

function readFaults(file: string, program: string): ProgramFaults | undefined {
  const all = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, ProgramFaults>>;
  return all[program];
}

function stall(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** Everything that asks for the time now gets another one; everything else about dates is as ever. */
function shiftClock(offsetMs: () => number): void {
  const RealDate = Date;
  const now = (): number => RealDate.now() + offsetMs();
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, values: unknown[]) =>
      Reflect.construct(target, values.length === 0 ? [now()] : values),
    apply: () => new RealDate(now()).toString(),
    get: (target, key) => (key === 'now' ? now : (Reflect.get(target, key) as unknown)),
  });
}

const file = process.env['PROGRAM_FAULTS_FILE'];
const program = programName();
if (file !== undefined && isMainThread && program !== '') {
  const first = readFaults(file, program);
  Object.assign(process.env, first?.environment);
  let seen = first?.order ?? 0;
  let offsetMs = first?.clockOffsetMs ?? 0;
  shiftClock(() => offsetMs);
  process.stderr.write(`${seenOrder(seen)}\n`);
  setInterval(() => {
    const faults = readFaults(file, program);
    if (faults === undefined || faults.order === seen) return;
    seen = faults.order;
    offsetMs = faults.clockOffsetMs;
    process.stderr.write(`${seenOrder(seen)}\n`);
    stall(faults.stallMs);
  }, POLL_MS).unref();
}
