/**
 * A hop that can make the connections that are there go silent for ever while new ones work, as a firewall does that has
 * forgotten them. Toxiproxy's faults are on for all connections or for none, and lifting one closes what it was on.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

export class SilentRelay {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #silent = new Set<Socket>();

  private constructor(server: Server, upstreamPort: number) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (incoming) => this.#join(incoming, connect(upstreamPort, '127.0.0.1')));
  }

  static async start(upstreamPort: number): Promise<SilentRelay> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return new SilentRelay(server, upstreamPort);
  }

  /** From now on nothing passes over the connections that are there, in neither direction, not even their end. @returns how many */
  silence(): number {
    const silenced = [...this.#sockets];
    for (const socket of silenced) {
      socket.unpipe();
      socket.removeAllListeners('close').removeAllListeners('error');
      socket.on('error', () => undefined);
      socket.on('close', () => this.#silent.delete(socket));
      socket.pause();
      this.#sockets.delete(socket);
      this.#silent.add(socket);
    }
    return silenced.length / 2;
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of [...this.#sockets, ...this.#silent]) socket.destroy();
    await closed;
  }

  #join(incoming: Socket, outgoing: Socket): void {
    for (const [one, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      this.#sockets.add(one);
      one.setNoDelay(true);
      one.pipe(other);
      // A reset on one side becomes one on the other.
      one.on('error', () => other.resetAndDestroy());
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
  }
}
