/** `npm run saga -- <command>` */
import { resolve } from 'node:path';
import { runCli } from './program.ts';

const stop = new AbortController();
process.on('SIGINT', () => {
  // The second one means it: whatever is under way is safe to repeat, because every request has its key.
  if (stop.signal.aborted) process.exit(130);
  stop.abort(new Error('Stopped by Ctrl+C.'));
});
process.on('SIGTERM', () => stop.abort(new Error('Stopped by SIGTERM.')));
process.on('SIGHUP', () => stop.abort(new Error('Stopped because the terminal was closed.')));
if (process.channel) {
  process.once('disconnect', () => stop.abort(new Error('Stopped because npm has ended.')));
}
// A reader that has seen enough (`saga … | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await runCli(process.argv.slice(2), {
  environment: process.env,
  projectDirectory: resolve(import.meta.dirname, '../..'),
  writeOut: (text) => process.stdout.write(text),
  terminalSize: () =>
    process.stdout.isTTY ? { columns: process.stdout.columns, rows: process.stdout.rows } : null,
  remark: (line) => process.stderr.write(`${line}\n`),
  signal: stop.signal,
});
// The listener above would keep the channel, and with it this process, open.
if (process.connected) process.disconnect();
