import type { Command } from 'commander';
import { defineCommand, type Cli } from '../command.ts';
import { ENVIRONMENT_NOTE, withDeployment } from './use-deployment.ts';
import { versionsText } from './version-text.ts';

/** `worker-versions list` */
export function addListVersions(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'list',
    summary: 'List the versions of the order workers, where new orders go, and what is left open',
    notes:
      'A version whose orders have all ended has 0 open orders: its workers can be stopped. Temporal itself says `drained`\n' +
      `some minutes later.\n\n${ENVIRONMENT_NOTE}`,
    examples: [['worker-versions list --json', 'all of them, for a program']],
  }).action(async (options: { readonly json?: boolean }) => {
    const versions = await withDeployment(cli.context, (deployment) => deployment.describe());
    cli.deliver({ json: versions, text: versionsText(versions) }, options);
  });
}
