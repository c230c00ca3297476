/** `npm start`: the whole stack in the foreground, until Ctrl+C. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PROJECT_DIRECTORY } from './node-program.ts';
import { createScreen, type Screen } from './screen.ts';
import { readSettings } from './settings.ts';
import { startSupervised, type SupervisedStack } from './supervisor.ts';
import { printWelcome } from './welcome.ts';

const HELP = `Usage: npm start [-- options]

Starts everything on this machine and stays in the foreground; Ctrl+C stops it. The data stays for the next start.

  --fresh        removes the data of earlier starts first
  --workers N    how many order workers run (default: ORDER_WORKERS, or 1); auto: as many as the load asks for,
                 from 1 to one for each core
  --help         this text

Addresses, ports and secrets are environment variables, also read from a file .env: see .env.example.
`;

interface Arguments {
  readonly fresh: boolean;
  readonly workers: string | undefined;
  readonly help: boolean;
}

/** @throws TypeError for what is not known */
function readArguments(): Arguments {
  const { values } = parseArgs({
    options: {
      fresh: { type: 'boolean' },
      workers: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  return { fresh: values.fresh ?? false, workers: values.workers, help: values.help ?? false };
}

/** Resolves with the first request to stop. A second one, which people make when it takes too long, is passed to `hurry`. */
function listenForStop(stop: AbortController, hurry: AbortController): void {
  const request = (why: string): void => {
    if (stop.signal.aborted) hurry.abort();
    else stop.abort(why);
  };
  process.on('SIGINT', () => request('Ctrl+C'));
  process.on('SIGTERM', () => request('SIGTERM'));
  process.on('SIGHUP', () => request('the terminal or npm has ended'));
  if (process.channel) process.once('disconnect', () => request('npm has ended'));
  // A closed terminal must not keep the rest from stopping: there is nobody left to tell.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function stopStack(stack: SupervisedStack, stop: AbortSignal, screen: Screen): Promise<number> {
  screen.line(`\nStopping (${String(stop.reason)}); the data stays. Ctrl+C again to hurry.`);
  try {
    await stack.stop((part) => screen.line(`  ${part}`));
    screen.line('Everything has stopped.');
    return 0;
  } catch (error) {
    const causes = error instanceof AggregateError ? error.errors : [error];
    for (const cause of causes) screen.problem(String((cause as Error).message));
    return 1;
  }
}

async function main(): Promise<number> {
  let given: Arguments;
  try {
    given = readArguments();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
  if (given.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const stop = new AbortController();
  const hurry = new AbortController();
  listenForStop(stop, hurry);
  const screen = createScreen();
  const environmentFile = join(PROJECT_DIRECTORY, '.env');
  if (existsSync(environmentFile)) process.loadEnvFile(environmentFile);
  if (given.workers !== undefined) process.env['ORDER_WORKERS'] = given.workers;
  let stack: SupervisedStack;
  try {
    stack = await startSupervised({
      settings: readSettings(process.env),
      fresh: given.fresh,
      screen,
      stop: stop.signal,
      hurry: hurry.signal,
    });
  } catch (error) {
    if (stop.signal.aborted) {
      screen.line('Stopped before everything had started; nothing runs.');
      return 0;
    }
    screen.problem((error as Error).message);
    return 1;
  }
  printWelcome(screen, stack);
  await aborted(stop.signal);
  return stopStack(stack, stop.signal, screen);
}

process.exit(await main());
