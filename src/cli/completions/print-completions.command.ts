import { Argument, type Command } from 'commander';
import { defineCommand, type Cli } from '../command.ts';
import { completionRows } from './completion-rows.ts';
import { completionScript, SHELLS, type Shell } from './completion-scripts.ts';

/** `completions`; knows every command that is added to the tool, before it or after it. */
export function addCompletions(program: Command, cli: Cli): void {
  defineCommand(program, {
    usage: 'completions',
    summary: 'Print a script by which a shell completes commands, options and their values',
    notes: `Read it when a shell begins, in ~/.bashrc or ~/.zshrc (after compinit), or ~/.config/fish/config.fish. It also makes the
command saga, which runs the tool from any folder, where there is none of this name. Print it again after an update.`,
    examples: [
      ['completions bash', 'source <(npm run -s saga -- completions bash)'],
      ['completions zsh', 'source <(npm run -s saga -- completions zsh)'],
      ['completions fish', 'npm run -s saga -- completions fish | source'],
    ],
  })
    .addArgument(new Argument('<shell>', 'for which').choices(SHELLS))
    .action((shell: Shell, options: { readonly json?: boolean }) => {
      const script = completionScript(shell, completionRows(program), cli.context.projectDirectory);
      cli.deliver({ json: { shell, script }, text: script.trimEnd() }, options);
    });
}
