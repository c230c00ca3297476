/**
 * The network between our processes and what they need: each link goes through toxiproxy, where it can be slowed down,
 * cut, or made to swallow what passes.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { findFreePorts } from '../../../embedded/ports.ts';
import { waitFor } from '../../../embedded/wait-for.ts';
import { SilentRelay } from './silent-relay.ts';
import { findToxiproxy } from './toxiproxy-binary.ts';

/** What toxiproxy can do to a link; the attributes are its own, milliseconds and bytes. */
export type Toxic =
  | { readonly type: 'latency'; readonly attributes: { readonly latency: number; readonly jitter: number } }
  | { readonly type: 'bandwidth'; readonly attributes: { readonly rate: number } }
  | { readonly type: 'reset_peer'; readonly attributes: { readonly timeout: number } }
  /** With a timeout of 0 nothing passes until it is lifted, and then the connections are closed. */
  | { readonly type: 'timeout'; readonly attributes: { readonly timeout: number } }
  | { readonly type: 'limit_data'; readonly attributes: { readonly bytes: number } }
  | {
      readonly type: 'slicer';
      readonly attributes: { readonly average_size: number; readonly delay: number };
    };

/** As our process sees it: `upstream` is what it sends, `downstream` what it gets. */
export type Direction = 'upstream' | 'downstream';
export const DIRECTIONS: readonly Direction[] = ['upstream', 'downstream'];

export class Toxiproxy {
  readonly #process: ChildProcess;
  readonly #url: string;
  readonly #relays: SilentRelay[] = [];

  private constructor(process: ChildProcess, url: string) {
    this.#process = process;
    this.#url = url;
  }

  static async start(say: (message: string) => void): Promise<Toxiproxy> {
    const program = await findToxiproxy(say);
    const [port] = await findFreePorts(1);
    const child = spawn(program, ['-host', '127.0.0.1', '-port', String(port)], {
      stdio: 'ignore',
      env: { ...process.env, LOG_LEVEL: 'error' },
    });
    // It has nothing to keep: when this process ends in whatever way, it shall not stay behind.
    const end = (): void => void child.kill('SIGKILL');
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
    const toxiproxy = new Toxiproxy(child, `http://127.0.0.1:${port}`);
    await waitFor(() => toxiproxy.ask('GET', '/version'), { timeoutMs: 10_000, what: 'toxiproxy to answer' });
    return toxiproxy;
  }

  /** A new link to a port of this machine. */
  async link(name: string, upstreamPort: number): Promise<Link> {
    const relay = await SilentRelay.start(upstreamPort);
    this.#relays.push(relay);
    const [port = 0] = await findFreePorts(1);
    await this.ask('POST', '/proxies', {
      name,
      listen: `127.0.0.1:${port}`,
      upstream: `127.0.0.1:${relay.port}`,
      enabled: true,
    });
    return new Link(this, name, port, relay);
  }

  /** Lifts everything on all links, and lets them be reached again. */
  async heal(): Promise<void> {
    await this.ask('POST', '/reset');
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await ended;
    await Promise.all(this.#relays.map((relay) => relay.stop()));
  }

  /** One request to toxiproxy's own interface. @throws Error with its answer when it refuses */
  async ask(method: string, path: string, body?: unknown): Promise<string> {
    const response = await fetch(this.#url + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`toxiproxy: ${method} ${path} answered ${response.status}: ${text}`);
    return text;
  }
}

export class Link {
  readonly name: string;
  readonly port: number;
  readonly #toxiproxy: Toxiproxy;
  readonly #relay: SilentRelay;

  constructor(toxiproxy: Toxiproxy, name: string, port: number, relay: SilentRelay) {
    this.#toxiproxy = toxiproxy;
    this.name = name;
    this.port = port;
    this.#relay = relay;
  }

  /** @param toxicity the share of connections that it is on, from 0 to 1 */
  async poison(toxic: Toxic, direction: Direction, toxicity = 1): Promise<void> {
    await this.#toxiproxy.ask('POST', `/proxies/${this.name}/toxics`, {
      name: `${toxic.type}-${direction}`,
      stream: direction,
      toxicity,
      ...toxic,
    });
  }

  /** Nobody listens any more: connections are closed, new ones refused, until {@link connect} or the lab heals. */
  async cut(): Promise<void> {
    await this.#setEnabled(false);
  }

  async connect(): Promise<void> {
    await this.#setEnabled(true);
  }

  /** The connections that are there stay open and carry nothing any more, for ever; new ones work. @returns how many */
  silence(): number {
    return this.#relay.silence();
  }

  async #setEnabled(enabled: boolean): Promise<void> {
    await this.#toxiproxy.ask('POST', `/proxies/${this.name}`, { enabled });
  }
}
