/**
 * A whole order service whose every connection, clock, disk and process can be troubled, and the customers who use it meanwhile.
 *
 * Owns: bringing faults about and taking them back. Does not own: which come when (the cases) and what must hold then (verify.ts).
 */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PROJECT_DIRECTORY } from '../../../embedded/node-program.ts';
import { waitFor } from '../../../embedded/wait-for.ts';
import type { Seeded } from '../support/seeded.ts';
import { ShopLab } from '../support/shop-lab.ts';
import type { DirectAddresses } from '../../support/running-stack.ts';
import { Customers } from './customers.ts';
import { Disk } from './disk.ts';
import { seenOrder, type ProgramFaults } from './program-faults.ts';
import { Toxiproxy, type Link } from './toxiproxy.ts';

export const LINKS = ['database', 'temporal', 'payments', 'carrier', 'events'] as const;
export type LinkName = (typeof LINKS)[number];

/** Our programs, by the names of their logs. */
export const PROGRAMS = ['api', 'order-worker-1', 'maintenance-worker', 'relay', 'projections'] as const;
export type ProgramName = (typeof PROGRAMS)[number];

/** One case: brings a fault about while customers order, and returns when they have what they should have. */
export interface FaultCase {
  /** As in docs/failure-modes.md. */
  readonly fault: string;
  readonly name: string;
  readonly run: (lab: FaultLab, random: Seeded) => Promise<void>;
  /** The lab must have a disk of its own. @default false */
  readonly needsDisk?: boolean;
}

const PRELOAD = pathToFileURL(join(PROJECT_DIRECTORY, 'tests/chaos/faults/program-faults.ts')).href;
const NO_FAULTS: ProgramFaults = { order: 0, clockOffsetMs: 0, stallMs: 0, environment: {} };
const QUEUE_PATH = '/000000000000/order-projections.fifo';
const DEAD_LETTER_QUEUE_PATH = '/000000000000/order-projections-dlq.fifo';

export class FaultLab {
  readonly shop: ShopLab;
  readonly links: Readonly<Record<LinkName, Link>>;
  /** Null when the lab was started without one. */
  readonly disk: Disk | null;
  customers: Customers;
  /** Programs that the present case ends or lets end, by the beginning of their names. */
  readonly mayEnd = new Set<string>();
  readonly #toxiproxy: Toxiproxy;
  readonly #programFaultsFile: string;
  readonly #programFaults: Record<string, ProgramFaults> = {};

  private constructor(
    parts: Pick<FaultLab, 'shop' | 'links' | 'disk' | 'customers'>,
    toxiproxy: Toxiproxy,
    programFaultsFile: string,
  ) {
    this.shop = parts.shop;
    this.links = parts.links;
    this.disk = parts.disk;
    this.customers = parts.customers;
    this.#toxiproxy = toxiproxy;
    this.#programFaultsFile = programFaultsFile;
  }

  /** @param options.disk whether the data lies on a disk that can be filled, for which this user must be able to mount one */
  static async start(options: {
    readonly disk: boolean;
    readonly random: Seeded;
    readonly say: (message: string) => void;
  }): Promise<FaultLab> {
    const toxiproxy = await Toxiproxy.start(options.say);
    const workDirectory = mkdtempSync(join(tmpdir(), 'order-saga-faults-'));
    const programFaultsFile = join(workDirectory, 'program-faults.json');
    writeFileSync(programFaultsFile, '{}');
    const disk = options.disk ? Disk.mount() : null;
    const links: Partial<Record<LinkName, Link>> = {};
    try {
      const shop = await ShopLab.start({
        variables: async (direct) => {
          Object.assign(links, await makeLinks(toxiproxy, direct));
          return {
            ...linkedAddresses(links as Record<LinkName, Link>, direct),
            NODE_OPTIONS: `--import=${PRELOAD}`,
            PROGRAM_FAULTS_FILE: programFaultsFile,
            // What is held here ends in seconds, so nobody waits for a provider as long as in earnest.
            PROVIDER_TIMEOUT_MS: '5000',
          };
        },
        ...(disk === null
          ? {}
          : {
              state: {
                postgresData: join(disk.directory, 'postgres', 'data'),
                simulators: join(disk.directory, 'simulators'),
              },
            }),
      });
      const customers = new Customers(shop, options.random);
      return new FaultLab(
        { shop, links: links as Record<LinkName, Link>, disk, customers },
        toxiproxy,
        programFaultsFile,
      );
    } catch (error) {
      await toxiproxy.stop();
      disk?.unmount();
      throw error;
    }
  }

  async stop(): Promise<void> {
    try {
      await this.heal();
      await this.shop.stop();
    } finally {
      await this.#toxiproxy.stop();
      this.disk?.unmount();
      rmSync(join(this.#programFaultsFile, '..'), { recursive: true, force: true });
    }
  }

  /** Takes back everything that a case has brought about. */
  async heal(): Promise<void> {
    this.disk?.makeWritable();
    this.disk?.free();
    await this.#toxiproxy.heal();
    for (const name of Object.keys(this.#programFaults)) this.#programFaults[name] = this.#next(name, {});
    this.#writeProgramFaults();
    for (const provider of ['payments', 'carrier'] as const)
      await waitFor(
        async () => {
          await this.shop.control(provider, 'DELETE', 'faults');
          await this.shop.control(provider, 'PUT', 'webhooks', { mode: 'normal' });
          await this.shop.control(provider, 'POST', 'webhooks/release', {});
          return true;
        },
        { timeoutMs: 60_000, what: `the ${provider} simulator to be normal again` },
      );
  }

  /** How far a program's clock is off from now on. Resolves when the program has seen it. */
  async shiftClock(program: ProgramName, offsetMs: number): Promise<void> {
    await this.#order(program, { clockOffsetMs: offsetMs });
  }

  /** Blocks the event loop of a program once. Resolves when it has begun. */
  async stall(program: ProgramName, ms: number): Promise<void> {
    await this.#order(program, { stallMs: ms });
  }

  /** Starts a program anew with further variables; without any it is as before. */
  async restartWith(program: ProgramName, environment: Readonly<Record<string, string>>): Promise<void> {
    const key = programKey(program);
    this.#programFaults[key] = this.#next(key, { environment });
    this.#writeProgramFaults();
    this.mayEnd.add(program);
    await this.shop.crash(program);
  }

  async #order(program: ProgramName, faults: Partial<ProgramFaults>): Promise<void> {
    const key = programKey(program);
    const next = this.#next(key, faults);
    this.#programFaults[key] = next;
    this.#writeProgramFaults();
    await waitFor(() => this.shop.logOf(program).includes(`${seenOrder(next.order)}\n`), {
      timeoutMs: 30_000,
      what: `${program} to see its fault`,
    });
  }

  #next(key: string, faults: Partial<ProgramFaults>): ProgramFaults {
    return { ...NO_FAULTS, ...faults, order: (this.#programFaults[key]?.order ?? 0) + 1 };
  }

  /** Readers find a whole file at any moment. */
  #writeProgramFaults(): void {
    const next = `${this.#programFaultsFile}.new`;
    writeFileSync(next, JSON.stringify(this.#programFaults));
    renameSync(next, this.#programFaultsFile);
  }
}

/** Workers of one kind share their faults. */
function programKey(program: ProgramName): string {
  return program.replace(/-\d+$/, '');
}

async function makeLinks(
  toxiproxy: Toxiproxy,
  direct: DirectAddresses,
): Promise<Readonly<Record<LinkName, Link>>> {
  const port = (address: string): number => Number(new URL(address).port);
  return {
    database: await toxiproxy.link('database', port(direct.DATABASE_URL)),
    temporal: await toxiproxy.link('temporal', port(`http://${direct.TEMPORAL_ADDRESS}`)),
    payments: await toxiproxy.link('payments', port(direct.PAYMENT_PROVIDER_URL)),
    carrier: await toxiproxy.link('carrier', port(direct.CARRIER_URL)),
    events: await toxiproxy.link('events', port(direct.AWS_ENDPOINT_URL)),
  };
}

function linkedAddresses(
  links: Readonly<Record<LinkName, Link>>,
  direct: DirectAddresses,
): Record<string, string> {
  const database = new URL(direct.DATABASE_URL);
  database.port = String(links.database.port);
  const at = (link: Link): string => `http://127.0.0.1:${link.port}`;
  return {
    DATABASE_URL: database.href,
    TEMPORAL_ADDRESS: `127.0.0.1:${links.temporal.port}`,
    PAYMENT_PROVIDER_URL: at(links.payments),
    CARRIER_URL: at(links.carrier),
    AWS_ENDPOINT_URL: at(links.events),
    EVENTS_QUEUE_URL: at(links.events) + QUEUE_PATH,
    EVENTS_DEAD_LETTER_QUEUE_URL: at(links.events) + DEAD_LETTER_QUEUE_PATH,
  };
}
