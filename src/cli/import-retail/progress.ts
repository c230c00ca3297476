/** The steps of an import on stderr: a moving display on a terminal, a line now and then anywhere else. */
import { Listr, ListrLogger, ProcessOutput } from 'listr2';
import type { ReportProgress } from './replay.ts';

const TERMINAL_INTERVAL_MS = 100;
const PLAIN_INTERVAL_MS = 5_000;

export interface ProgressStep {
  readonly title: string;
  readonly run: (report: ReportProgress) => Promise<void>;
}

/** How far a step is and how fast it goes; `null` when the last line is too recent. */
function createMeter(intervalMs: number): (progress: Parameters<ReportProgress>[0]) => string | null {
  const startedAtMs = performance.now();
  let shownAtMs = Number.NEGATIVE_INFINITY;
  return ({ done, total, current }) => {
    const nowMs = performance.now();
    if (nowMs - shownAtMs < intervalMs && done < total) return null;
    shownAtMs = nowMs;
    const perSecond = (done * 1000) / Math.max(nowMs - startedAtMs, 1);
    return `${done} of ${total}, ${perSecond.toFixed(1)} per second, ${current}`;
  };
}

/** Runs the steps one after another. @throws what a step throws; no further step is begun then */
export async function runWithProgress(steps: readonly ProgressStep[]): Promise<void> {
  // listr2 draws only where stdout is a terminal too.
  const isTerminal = process.stdout.isTTY === true && process.stderr.isTTY === true;
  const intervalMs = isTerminal ? TERMINAL_INTERVAL_MS : PLAIN_INTERVAL_MS;
  // Both streams are stderr: stdout belongs to the result.
  const logger = new ListrLogger({
    useIcons: true,
    toStderr: [],
    processOutput: new ProcessOutput(process.stderr, process.stderr),
  });
  const tasks = new Listr(
    steps.map(({ title, run }) => ({
      title,
      task: async (_context: unknown, task: { output: string }) => {
        const meter = createMeter(intervalMs);
        await run((progress) => {
          const line = meter(progress);
          if (line !== null) task.output = line;
        });
      },
    })),
    {
      // Ctrl+C is the command's business: it ends with a report.
      registerSignalListeners: false,
      rendererOptions: { logger },
      fallbackRendererOptions: { logger },
      fallbackRendererCondition: !isTerminal,
    },
  );
  await tasks.run();
}
