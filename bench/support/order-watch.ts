/**
 * Tells when an order has come as far as is wanted, by asking the database about all that are under way at once: one cheap
 * statement many times a second, whatever the rate.
 */
import { setTimeout as delay } from 'node:timers/promises';
import postgres from 'postgres';

const INTERVAL_MS = 50;

export class OrderWatch {
  readonly #sql: postgres.Sql;
  readonly #waiting = new Map<string, () => void>();
  #isStopped = false;
  readonly #loop: Promise<void>;

  constructor(databaseUrl: string) {
    this.#sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
    this.#loop = this.#ask();
  }

  /** Resolves when the order is charged, its label made, its mail sent, and all its events are published and consumed. */
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
    const rows = await this.#sql<{ orderId: string }[]>`
      SELECT summary.order_id AS "orderId" FROM projections.order_summaries AS summary
      WHERE summary.order_id = ANY (${orderIds as string[]})
        AND summary.captured_minor > 0
        AND summary.last_sequence = (SELECT version FROM orders WHERE id = summary.order_id)
        AND EXISTS (SELECT 1 FROM notifications
          WHERE order_id = summary.order_id AND template = 'confirmed' AND state = 'sent')`;
    return rows.map(({ orderId }) => orderId);
  }
}
