import { InvalidArgumentError, type Command } from 'commander';
import { defineCommand, type Cli } from '../command.ts';
import { WrongUseError } from '../context.ts';
import { buildId, ENVIRONMENT_NOTE, requireWorkers, withDeployment } from './use-deployment.ts';
import { versionsText } from './version-text.ts';
import type { WorkerDeployment } from './worker-deployment.ts';

interface PromoteOptions {
  readonly percent: number;
  readonly unversioned?: boolean;
  readonly json?: boolean;
}

const ALL = 100;

/** `worker-versions promote` */
export function addPromoteVersion(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'promote',
    summary: 'Send new orders to a version; open orders stay with the version that began them',
    notes:
      'Orders of workers without a version go over to the first version that is promoted, and stay there. It is refused while\n' +
      `no worker of the version has asked for work in the last minute.\n\n${ENVIRONMENT_NOTE}`,
    examples: [
      ['worker-versions promote 0.2.0', 'every new order'],
      ['worker-versions promote 0.2.0 --percent 10', 'one new order of ten, the others as before'],
      ['worker-versions promote --unversioned', 'to workers that have no WORKER_BUILD_ID'],
    ],
  })
    .argument('[version]', 'what WORKER_BUILD_ID of its workers is', buildId)
    .option('--percent <number>', 'how many new orders of a hundred', percentage, ALL)
    .option('--unversioned', 'send new orders to workers without a version')
    .action(async (version: string | undefined, options: PromoteOptions) => {
      if ((version === undefined) !== (options.unversioned === true))
        throw new WrongUseError('Say either a version or --unversioned.');
      if (version === undefined && options.percent !== ALL)
        throw new WrongUseError('--percent is for a version.');
      const versions = await withDeployment(cli.context, async (deployment) => {
        await promote(deployment, version ?? null, options.percent);
        return deployment.describe();
      });
      cli.deliver({ json: versions, text: versionsText(versions) }, options);
    });
}

async function promote(deployment: WorkerDeployment, version: string | null, percent: number): Promise<void> {
  const before = await deployment.describe();
  if (version !== null) requireWorkers(before, version);
  if (version !== null && percent < ALL) return deployment.setRamping({ buildId: version, percent });
  await deployment.setCurrent(version);
  // Temporal ends the ramp of the version that becomes the current one, but not that of another.
  if (before.ramping !== null && before.ramping.buildId !== version) await deployment.setRamping(null);
}

function percentage(text: string): number {
  const value = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= 1 && value <= ALL)) throw new InvalidArgumentError('It must be a whole number, 1 to 100.');
  return value;
}
