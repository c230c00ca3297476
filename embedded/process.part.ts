import { ManagedProcess, type ProcessHost, type Program } from './managed-process.ts';
import type { Part } from './part.ts';

export interface ProcessPartOptions {
  readonly name: string;
  /** @param env what the parts before have added */
  readonly programs: (env: Readonly<Record<string, string>>) => readonly Program[];
  readonly addresses?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly host: ProcessHost;
}

/** Programs that do not need each other: they are started together and stopped together. */
export function processPart(options: ProcessPartOptions): Part {
  return {
    name: options.name,
    async start({ env, signal }) {
      const starts = await Promise.allSettled(
        options.programs(env).map((program) => ManagedProcess.start(program, options.host, signal)),
      );
      const running = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
      const stop = async (): Promise<void> => {
        await Promise.all(running.map((started) => started.stop()));
      };
      const failed = starts.find((start) => start.status === 'rejected');
      if (failed) {
        await stop();
        throw failed.reason;
      }
      return { addresses: options.addresses ?? {}, env: options.env ?? {}, stop };
    },
  };
}
