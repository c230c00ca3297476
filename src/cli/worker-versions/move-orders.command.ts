import type { Command } from 'commander';
import { defineCommand, type Cli } from '../command.ts';
import { WrongUseError } from '../context.ts';
import { buildId, ENVIRONMENT_NOTE, requireWorkers, withDeployment } from './use-deployment.ts';
import { versionsText } from './version-text.ts';

interface MoveOptions {
  readonly from: string;
  readonly to: string;
  readonly json?: boolean;
}

/** `worker-versions move` */
export function addMoveOrders(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'move',
    summary: 'Let another version carry on every open order of a version',
    notes:
      'So that workers of an old version need not run until the last return window ends, or of a version that turned out to be\n' +
      'wrong. The other version has to understand what has happened to these orders so far: later versions do (their tests\n' +
      'replay what earlier ones have recorded), an earlier one only where nothing of the difference has happened yet. An order\n' +
      'that it does not understand waits, and goes on when it is moved again.\n\n' +
      ENVIRONMENT_NOTE,
    examples: [['worker-versions move --from 0.1.0 --to 0.2.0', 'and 0.1.0 can be stopped']],
  })
    .requiredOption('--from <version>', 'the version whose orders are to go on elsewhere', buildId)
    .requiredOption('--to <version>', 'the version that carries them on', buildId)
    .action(async ({ from, to, ...options }: MoveOptions) => {
      if (from === to) throw new WrongUseError('--from and --to are the same version.');
      const { outcome, versions } = await withDeployment(cli.context, async (deployment) => {
        requireWorkers(await deployment.describe(), to);
        cli.context.remark(
          `Moving the open orders of ${from} to ${to}; Temporal goes on when this is stopped.`,
        );
        return { outcome: await deployment.move(from, to), versions: await deployment.describe() };
      });
      const failures =
        outcome.failed === 0 ? '' : ` Of ${outcome.failed} Temporal could not take it; repeat it.`;
      cli.deliver(
        {
          json: { ...outcome, ...versions },
          text: `${outcome.moved} orders of ${from} are carried on by ${to}.${failures}\n${versionsText(versions)}`,
          exitCode: outcome.failed === 0 ? 0 : 1,
        },
        options,
      );
    });
}
