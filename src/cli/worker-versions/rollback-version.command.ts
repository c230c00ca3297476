import type { Command } from 'commander';
import { defineCommand, type Cli } from '../command.ts';
import { RefusedError } from '../context.ts';
import { ENVIRONMENT_NOTE, requireWorkers, withDeployment } from './use-deployment.ts';
import { versionsText } from './version-text.ts';
import type { WorkerDeployment, WorkerVersions } from './worker-deployment.ts';

/** `worker-versions rollback` */
export function addRollbackVersion(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'rollback',
    summary: 'Send new orders where they went before the last promotion',
    notes:
      'A version that takes only some of the new orders takes none any more. Else the version that was the current one before\n' +
      'takes them all, if its workers still run. Open orders stay with the version that began them; `worker-versions move`\n' +
      `lets others carry them on.\n\n${ENVIRONMENT_NOTE}`,
    examples: [['worker-versions rollback --json', 'back, and what is so then as one document']],
  }).action(async (options: { readonly json?: boolean }) => {
    const versions = await withDeployment(cli.context, async (deployment) => {
      await rollBack(deployment);
      return deployment.describe();
    });
    cli.deliver({ json: versions, text: versionsText(versions) }, options);
  });
}

async function rollBack(deployment: WorkerDeployment): Promise<void> {
  const before = await deployment.describe();
  if (before.ramping !== null) return deployment.setRamping(null);
  const target = lastCurrentBefore(before);
  if (target === null)
    throw new RefusedError(
      'No other version was the current one before. `worker-versions promote` sends new orders to a version, or with --unversioned to workers that have none.',
    );
  requireWorkers(before, target);
  await deployment.setCurrent(target);
}

/** The version that was the current one most lately, of those that are not. */
function lastCurrentBefore({ current, versions }: WorkerVersions): string | null {
  const [last] = versions
    .filter(({ buildId, lastCurrentAt }) => buildId !== current && lastCurrentAt !== null)
    .sort((one, other) => (other.lastCurrentAt ?? '').localeCompare(one.lastCurrentAt ?? ''));
  return last?.buildId ?? null;
}
