/**
 * Runs cells of the matrix in one shop: arms their points, tells their stories, kills whom they name when a program stands
 * there, and looks at what became of each order.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { sql } from 'drizzle-orm';
import { waitFor } from '../../../embedded/wait-for.ts';
import { auditLab } from '../support/audit-lab.ts';
import { ShopLab } from '../support/shop-lab.ts';
import { Acknowledgements } from './acknowledgements.ts';
import type { Cell } from './crash-points.ts';
import { ON_HAND, tellStory, whatIsWrong, type StoryOrder } from './order-stories.ts';
import { CRASH_POINT_URL_VARIABLE, type ReachedPoint } from './reach-point.ts';
import { Victims } from './victims.ts';

const REST_TIMEOUT_MS = 900_000;
/** Of parcels, so that an order is over soon. */
const SPEED = { shippedAfterMs: 300, deliveredAfterMs: 300 };

/**
 * Lost orders are looked for at once. What a killed program has left half done is no difference to call a person for, however
 * long a busy machine takes to come back to it; the auditor looks at the end, when it must be none.
 */
const JOBS = {
  REPAIR_DRIFT_INTERVAL_MS: '3000',
  RECONCILE_GRACE_MS: '3600000',
  AUDIT_GRACE_MS: '3600000',
  AUDIT_INTERVAL_MS: '3600000',
};

/** Orders are screened, and only the external score counts: these are many orders of one customer with one card. */
const SCREENING = {
  FRAUD_SCREENING: 'on',
  FRAUD_WEIGHT_RULES: '0',
  FRAUD_WEIGHT_MODEL: '0',
  FRAUD_WEIGHT_EXTERNAL: '1',
  FRAUD_SCORE_TIMEOUT_MS: '15000',
};

export interface CellResult {
  readonly cell: Cell;
  /** Empty when all is as it must be. */
  readonly problems: readonly string[];
  /** From the request that places the order until it is over, whatever was killed. */
  readonly tookMs: number;
}

/** A cell whose order is under way. */
interface Armed {
  readonly cell: Cell;
  /** Set at the first stop at the point; later passages are not stopped. */
  strike: Promise<void> | null;
}

export class CrashCampaign {
  readonly lab: ShopLab;
  readonly victims: Victims;
  readonly acknowledgements: Acknowledgements;
  readonly #server: Server;
  readonly #armed: Map<string, Armed>;
  #orders = 0;

  private constructor(
    lab: ShopLab,
    server: Server,
    armed: Map<string, Armed>,
    acknowledgements: Acknowledgements,
  ) {
    this.lab = lab;
    this.victims = new Victims(lab);
    this.acknowledgements = acknowledgements;
    this.#server = server;
    this.#armed = armed;
    server.on('request', (request, response) => {
      this.#stopAt(request)
        .then(() => response.writeHead(204).end())
        .catch((error: unknown) => response.writeHead(500).end(String(error)));
    });
  }

  static async start(): Promise<CrashCampaign> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      const lab = await ShopLab.start({
        variables: { [CRASH_POINT_URL_VARIABLE]: `http://127.0.0.1:${port}/`, ...JOBS, ...SCREENING },
        programFiles: {
          'order-worker': 'tests/chaos/crash/order-worker.main.ts',
          relay: 'tests/chaos/crash/relay.main.ts',
          api: 'tests/chaos/crash/api.main.ts',
          'maintenance-worker': 'tests/chaos/crash/maintenance-worker.main.ts',
        },
      });
      await lab.control('carrier', 'PUT', 'speed', SPEED);
      return new CrashCampaign(lab, server, new Map(), await Acknowledgements.connect(lab.addresses));
    } catch (error) {
      server.close();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.acknowledgements.close();
    await this.lab.stop();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /**
   * Runs cells side by side; each has an order of its own. A blow for one of them may carry the order of another past its point:
   * that order must be right all the same, and the cell is run again, alone.
   */
  async run(cells: readonly Cell[]): Promise<CellResult[]> {
    const results = await this.#runTogether(cells);
    for (const [index, { cell, problems, isMissed }] of results.entries())
      if (isMissed && problems.length === 0 && cells.length > 1)
        results.splice(index, 1, ...(await this.#runTogether([cell])));
    return results.map(({ cell, problems, tookMs, isMissed }) => ({
      cell,
      problems: isMissed
        ? [...problems, `no program came to ${cell.step}/${cell.at}, so nobody was killed`]
        : problems,
      tookMs,
    }));
  }

  async #runTogether(cells: readonly Cell[]): Promise<(CellResult & { readonly isMissed: boolean })[]> {
    const orders: StoryOrder[] = [];
    for (const cell of cells) orders.push(await this.#order(cell));
    const results = await Promise.all(
      cells.map(async (cell, index) => {
        const startedAt = performance.now();
        const order = orders[index] as StoryOrder;
        const problems = await this.#runCell(cell, order);
        const isMissed = this.#armed.get(order.orderId)?.strike === null;
        return { cell, problems, tookMs: Math.round(performance.now() - startedAt), isMissed };
      }),
    );
    this.#armed.clear();
    return results;
  }

  /** What must hold for all orders together when all are over. */
  async finalProblems(): Promise<string[]> {
    return [
      ...(await this.#untilAtRest().catch((error: unknown) => [String(error)])),
      ...(await auditLab(this.lab)),
      ...this.victims.unexpectedEnds,
    ];
  }

  async #order(cell: Cell): Promise<StoryOrder> {
    this.#orders += 1;
    const key = `cell-${this.#orders}`;
    const orderId = this.lab.orderIdOf(key);
    this.#armed.set(orderId, { cell, strike: null });
    return { key, orderId, sku: await this.lab.stock(ON_HAND), email: `${key}@example.com` };
  }

  async #runCell(cell: Cell, order: StoryOrder): Promise<string[]> {
    const { lab, acknowledgements } = this;
    const armed = this.#armed.get(order.orderId);
    if (armed === undefined) throw new Error(`${cell.name} is not armed`);
    try {
      const isActivityDone = cell.program === 'worker' && cell.at === 'after';
      const struck = isActivityDone
        ? acknowledgements.untilDone(order.orderId, cell.step).then(() => this.#strike(armed))
        : Promise.resolve();
      await Promise.all([tellStory(lab, cell.story, order), struck]);
      await acknowledgements.untilClosed(order.orderId);
      await this.#untilToldEverywhere(order.orderId);
      await armed.strike;
      return await this.#problemsOf(cell, order);
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)];
    }
  }

  /** A read may meet a program that is coming back, which is no problem of the order. */
  #problemsOf(cell: Cell, order: StoryOrder): Promise<string[]> {
    return waitFor(() => whatIsWrong(this.lab, cell.story, order), {
      timeoutMs: REST_TIMEOUT_MS,
      what: `everything about ${order.orderId} to be readable`,
    });
  }

  #strike(armed: Armed): Promise<void> {
    return (armed.strike ??= this.victims.strike(armed.cell.victim));
  }

  /** A program stands at a point. It goes on when nobody is to be killed there, or is dead. */
  async #stopAt(request: IncomingMessage): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { step, at, orderIds } = JSON.parse(Buffer.concat(chunks).toString()) as ReachedPoint;
    const struck = orderIds
      .map((orderId) => this.#armed.get(orderId))
      .filter((armed) => armed !== undefined && armed.cell.step === step && armed.cell.at === at)
      .filter((armed) => armed !== undefined && armed.strike === null) as Armed[];
    await Promise.all(struck.map((armed) => this.#strike(armed)));
  }

  /** Every event of the order is in the read model, which gets them from the queue. */
  #untilToldEverywhere(orderId: string): Promise<unknown> {
    return waitFor(
      async () => {
        const rows = await this.lab.database.query(
          'crash.told',
          sql`SELECT 1 FROM orders JOIN projections.order_summaries ON order_id = id
            WHERE id = ${orderId} AND last_sequence = version`,
        );
        return rows.length > 0;
      },
      { timeoutMs: REST_TIMEOUT_MS, intervalMs: 100, what: `all events of ${orderId} to be told` },
    );
  }

  async #untilAtRest(): Promise<string[]> {
    await waitFor(
      async () => {
        const [row] = await this.lab.database.query<{ waiting: number }>(
          'crash.rest',
          sql`SELECT (SELECT count(*) FROM outbox)
            + (SELECT count(*) FROM webhook_inbox WHERE state = 'pending') AS waiting`,
        );
        return row?.waiting === 0;
      },
      { timeoutMs: REST_TIMEOUT_MS, intervalMs: 200, what: 'outbox and inbox to be empty' },
    );
    return [];
  }
}
