/**
 * Kills what is to be killed, with a real signal to a real process, and knows who died by our hand.
 *
 * Owns: that a victim runs before it is killed and is dead before anybody goes on. Does not own: when.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { waitFor } from '../../../embedded/wait-for.ts';
import { DatabaseUnavailableError } from '../../../src/domain/database-errors.ts';
import type { ShopLab } from '../support/shop-lab.ts';
import type { Victim } from './crash-points.ts';

/** As the supervisor calls them. */
const PROGRAMS: Readonly<Record<Exclude<Victim, 'connections'>, string>> = {
  worker: 'order-worker-1',
  api: 'api',
  postgres: 'postgres',
  temporal: 'temporal',
  broker: 'aws',
  relay: 'relay',
  maintenance: 'maintenance-worker',
};
/** Orders that come to their points at about the same time die of one blow. */
const GATHER_MS = 500;
const PATIENCE_MS = 300_000;

export class Victims {
  readonly #lab: ShopLab;
  readonly #gathering = new Map<Victim, Promise<void>>();
  readonly #kills = new Map<string, number>();
  /** The last blow to each, so that two of them do not fall on one life. */
  readonly #blows = new Map<string, Promise<void>>();

  constructor(lab: ShopLab) {
    this.#lab = lab;
  }

  /** Kills the victim, once for all who ask at about the same time. Resolves when it is dead; it comes back by itself. */
  strike(victim: Victim): Promise<void> {
    const gathering = this.#gathering.get(victim);
    if (gathering !== undefined) return gathering;
    const strike = delay(GATHER_MS).then(() => {
      this.#gathering.delete(victim);
      return victim === 'connections' ? this.#cutConnections() : this.#killNext(PROGRAMS[victim]);
    });
    this.#gathering.set(victim, strike);
    return strike;
  }

  /** How often somebody was killed. */
  get count(): number {
    return [...this.#kills.values()].reduce((sum, kills) => sum + kills, 0);
  }

  /** What ended although nobody has killed it, or did not come back. */
  get unexpectedEnds(): string[] {
    const { incidents } = this.#lab;
    const programs = new Set(incidents.map((incident) => incident.split(' ')[0] ?? ''));
    return [
      ...incidents.filter((incident) => incident.includes('did not come back')),
      ...[...programs].flatMap((program) => {
        const ends = incidents.filter((incident) => incident.startsWith(`${program} ended `));
        const excess = ends.length - (this.#kills.get(program) ?? 0);
        // An immediate shutdown ends PostgreSQL with an exit code; all others die of the signal.
        const others = ends.filter((end) => program !== 'postgres' && !end.includes('SIGKILL'));
        return excess > 0
          ? [`${program} ended ${excess} times by itself: ${[...others, ...ends].at(0)}`]
          : others;
      }),
    ];
  }

  #killNext(program: string): Promise<void> {
    const kill = (): Promise<void> => this.#kill(program);
    const blow = (this.#blows.get(program) ?? Promise.resolve()).then(kill, kill);
    this.#blows.set(program, blow);
    return blow;
  }

  async #kill(program: string): Promise<void> {
    const told = (): readonly string[] =>
      this.#lab.incidents.filter((incident) => incident.startsWith(`${program} `));
    // It may be on its way back from the last blow, and one that is starting is not stopped in the middle of its work.
    await waitFor(() => told().at(-1)?.endsWith(' runs again') ?? true, {
      timeoutMs: PATIENCE_MS,
      intervalMs: 20,
      what: `${program} to run, so that it can be killed`,
    });
    const before = told().length;
    this.#lab.kill(program);
    this.#kills.set(program, (this.#kills.get(program) ?? 0) + 1);
    await waitFor(() => told().length > before, {
      timeoutMs: PATIENCE_MS,
      intervalMs: 5,
      what: `${program} to be dead`,
    });
  }

  /** Of everybody but this campaign, as soon as there is a server to ask for it: that may have been killed a moment before. */
  async #cutConnections(): Promise<void> {
    const cut = (): Promise<readonly unknown[]> =>
      this.#lab.database.query(
        'crash.cut',
        sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND application_name LIKE 'order-saga-%'`,
      );
    await waitFor(() => cut().catch(laterIfAway), {
      timeoutMs: PATIENCE_MS,
      what: 'the database to cut the connections',
    });
    this.#kills.set('connections', (this.#kills.get('connections') ?? 0) + 1);
  }
}

function laterIfAway(error: unknown): null {
  if (error instanceof DatabaseUnavailableError) return null;
  throw error;
}
