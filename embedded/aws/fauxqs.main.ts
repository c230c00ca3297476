/** SNS and SQS for one machine: the npm package fauxqs as a process of its own, which keeps its state in PORT and DATA_DIRECTORY. */
import { Server } from 'node:net';
import { startFauxqs } from 'fauxqs';

const { PORT, DATA_DIRECTORY, AWS_REGION } = process.env;
if (!PORT || !DATA_DIRECTORY || !AWS_REGION)
  throw new Error('PORT, DATA_DIRECTORY and AWS_REGION must be set');

// The library listens on every network interface and cannot be told otherwise; nothing of ours may be reached from
// outside this machine, so the address is replaced where every server of this process starts to listen.
const listen = Server.prototype.listen;
Server.prototype.listen = function listenOnThisMachineOnly(this: Server, ...args: unknown[]) {
  const [first, ...rest] = args;
  const local =
    typeof first === 'object' && first !== null && 'port' in first ? { ...first, host: '127.0.0.1' } : first;
  return Reflect.apply(listen, this, [local, ...rest]) as Server;
} as typeof listen;

const server = await startFauxqs({
  port: Number(PORT),
  dataDir: DATA_DIRECTORY,
  defaultRegion: AWS_REGION,
  logger: false,
});

let stopping = false;
function stop(): void {
  if (stopping) return;
  stopping = true;
  server.stop().then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
}
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
process.once('disconnect', stop);
process.send?.('ready');
