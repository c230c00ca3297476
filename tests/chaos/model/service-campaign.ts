/** Random sequences over HTTP, several side by side in one service whose programs are killed meanwhile, against the model. */
import * as fc from 'fast-check';
import { auditLab } from '../support/audit-lab.ts';
import type { ShopLab } from '../support/shop-lab.ts';
import { describeFailure, shortenedInTime, type CampaignOptions, type CampaignResult } from './campaign.ts';
import { compareWithService, serviceCommands, ServiceSession } from './service-commands.ts';
import { ShopModel } from './shop-model.ts';

const MOST_COMMANDS = 14;
const DEFAULT_LANES = 6;

export async function runServiceCampaign(
  options: CampaignOptions & { readonly lab: ShopLab },
): Promise<CampaignResult> {
  const { lab } = options;
  const lanes = options.path === undefined ? (options.lanes ?? DEFAULT_LANES) : 1;
  let sequences = 0;
  let commands = 0;
  let lastCrash: Promise<unknown> = Promise.resolve();
  const crash = (program: string): Promise<void> => {
    const crashed = lastCrash.then(() => lab.crash(program));
    lastCrash = crashed.catch(() => undefined);
    return crashed;
  };
  const lane = async (number: number): Promise<string | null> => {
    const play = fc.asyncProperty(
      fc.commands(serviceCommands, { maxCommands: MOST_COMMANDS, size: 'max' }),
      shortenedInTime(
        async (sequence) => {
          sequences += 1;
          const model = new ShopModel();
          const session = await ServiceSession.open({ lab, crash }, `s${options.seed}-${sequences}`, model);
          await fc.asyncModelRun(() => ({ model, real: session }), sequence);
          await compareWithService(model, session);
          commands += [...sequence].length;
          options.onProgress?.(sequences);
        },
        (error) => options.onFailure?.(error),
      ),
    );
    const seed = options.seed + number;
    const result = await fc.check(play, {
      seed,
      numRuns: Math.ceil(options.sequences / lanes),
      ...(options.path === undefined ? {} : { path: options.path, endOnFailure: true }),
    });
    return result.failed ? describeFailure(result, `--level service --seed ${seed}`) : null;
  };
  const failures = await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
  return {
    sequences,
    commands,
    failures: failures.filter((failure) => failure !== null),
    violations: await auditLab(lab),
  };
}
