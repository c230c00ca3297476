/**
 * Tells when an order has come as far as is wanted, by asking the database about all that are under way at once: one cheap
 * statement many times a second, whatever the rate.
 */
import { setTimeout as delay } from 'node:timers/promises';
import postgres from 'postgres';

/** `captured`: charged, its label made, its mail sent, all its events published and consumed. `completed`: all of its life. */
export type Goal = 'captured' | 'completed';

const INTERVAL_MS = 50;

export class OrderWatch {
  readonly #sql: postgres.Sql;
  readonly #goal: Goal;
  readonly #waiting = new Map<string, () => void>();
  #isStopped = false;
  readonly #loop: Promise<void>;

  constructor(databaseUrl: string, goal: Goal) {
    this.#sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
    this.#goal = goal;
    this.#loop = this.#ask();
  }

  /** Resolves when the order is there. */
  async reached(orderId: string): Promise<void> {
    await new Promise<void>((resolve) => this.#waiting.set(orderId, resolve));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#loop;
    await this.#sql.end();
  }

  async #ask(): Promise<void> {
    while (!this.#isStopped) {
      await delay(INTERVAL_MS);
      if (this.#waiting.size === 0) continue;
      for (const orderId of await this.#there([...this.#waiting.keys()])) {
        this.#waiting.get(orderId)?.();
        this.#waiting.delete(orderId);
      }
    }
  }

  async #there(orderIds: readonly string[]): Promise<readonly string[]> {
    const mails = this.#goal === 'captured' ? ['confirmed'] : ['confirmed', 'shipped'];
    const rows = await this.#sql<{ orderId: string }[]>`
      SELECT summary.order_id AS "orderId" FROM projections.order_summaries AS summary
      WHERE summary.order_id = ANY (${orderIds as string[]})
        AND (${this.#goal} = 'captured' AND summary.captured_minor > 0 OR summary.status = 'completed')
        AND summary.last_sequence = (SELECT version FROM orders WHERE id = summary.order_id)
        AND (SELECT count(*) FROM notifications
          WHERE order_id = summary.order_id AND template = ANY (${mails}) AND state = 'sent') = ${mails.length}`;
    return rows.map(({ orderId }) => orderId);
  }
}
