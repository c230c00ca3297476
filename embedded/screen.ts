/** What a person sees: steps that tick off, plain lines, problems. Without a terminal all of it is plain lines. */
import { Listr, PRESET_TIMER } from 'listr2';
import type { Part, PartContext } from './part.ts';

export interface Screen {
  line(text: string): void;
  /** A failure, on stderr. */
  problem(text: string): void;
  /** Runs the steps one after another. Rejects with the first failure. */
  steps(
    parts: readonly Part[],
    run: (part: Part, report: PartContext['report']) => Promise<void>,
  ): Promise<void>;
}

/** Without a terminal nothing is overwritten, so what changes only in its numbers is repeated this seldom. */
const REPEAT_INTERVAL_MS = 20_000;

export function createScreen(): Screen {
  return {
    line: (text) => void process.stdout.write(`${text}\n`),
    problem: (text) => void process.stderr.write(`\n${text}\n`),
    async steps(parts, run) {
      const list = new Listr(
        parts.map((part) => ({
          title: part.name,
          task: (_context, task) =>
            run(
              part,
              lessOften((message) => (task.output = message)),
            ),
        })),
        {
          concurrent: false,
          // The program itself decides what a signal means.
          registerSignalListeners: false,
          fallbackRenderer: 'simple',
          rendererOptions: { timer: PRESET_TIMER, showErrorMessage: false, collapseErrors: false },
          fallbackRendererOptions: { timer: PRESET_TIMER },
        },
      );
      await list.run();
    },
  };
}

function lessOften(report: PartContext['report']): PartContext['report'] {
  if (process.stdout.isTTY) return report;
  let last = { text: '', at: 0 };
  return (message) => {
    const text = message.replaceAll(/\d+/g, '');
    if (text === last.text && performance.now() - last.at < REPEAT_INTERVAL_MS) return;
    last = { text, at: performance.now() };
    report(message);
  };
}
