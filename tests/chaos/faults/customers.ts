/**
 * People who order while things go wrong. They repeat a request with its key until it is decided, and remember everything
 * that they were promised.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { OrderStatus } from '../../../src/domain/orders/order-status.ts';
import { waitFor } from '../../../embedded/wait-for.ts';
import type { Seeded } from '../support/seeded.ts';
import type { Answer, RequestOptions, ShopLab } from '../support/shop-lab.ts';

/** What became of one attempt to buy. */
export interface Purchase {
  readonly orderId: string;
  readonly sku: string;
  readonly quantity: number;
  /** The customer was told that there is an order: by a 201, a 202, or a rejection that has an order id. */
  isAccepted: boolean;
  /** How it may end. */
  mayEndAs: readonly OrderStatus[];
  /** What was given back beside a cancellation, minor units. */
  refundedMinor: number;
}

export interface PurchaseOptions {
  readonly token?: string;
  readonly quantity?: number;
  readonly mayEndAs?: readonly OrderStatus[];
  /** Buy this instead of what lies on the case's own shelf. */
  readonly sku?: string;
  /** Called with the id that the order will have, before it is asked for. */
  readonly before?: (orderId: string) => Promise<unknown>;
}

/** How long a customer repeats a request; more than any outage here and what the service needs after it. */
const PATIENCE_MS = 240_000;
const REPEAT_AFTER_MS = 250;
const SHELF = 500;
export const PRICE_MINOR = 370;
const ENDED: readonly OrderStatus[] = ['completed', 'rejected', 'cancelled'];

export class Customers {
  readonly purchases: Purchase[] = [];
  /** Every answer of the service, by its status. */
  readonly answers = new Map<number | 'lost', number>();
  readonly #shop: ShopLab;
  readonly #random: Seeded;
  #shelf: Promise<string> | undefined;
  #count = 0;

  constructor(shop: ShopLab, random: Seeded) {
    this.#shop = shop;
    this.#random = random;
  }

  /** What the purchases of a case are made from. */
  shelf(): Promise<string> {
    this.#shelf ??= this.#shop.stock({ main: SHELF });
    return this.#shelf;
  }

  /** Buys once, and resolves when the service has decided. */
  async buy(options: PurchaseOptions = {}): Promise<Purchase> {
    const { token = 'tok_visa', quantity = 1 } = options;
    const sku = options.sku ?? (await this.shelf());
    const idempotencyKey = `buy-${this.#random.seed}-${Date.now().toString(36)}-${(this.#count += 1)}`;
    const purchase: Purchase = {
      orderId: this.#shop.orderIdOf(idempotencyKey),
      sku,
      quantity,
      isAccepted: false,
      mayEndAs: options.mayEndAs ?? (token.startsWith('tok_declined') ? ['rejected'] : ['completed']),
      refundedMinor: 0,
    };
    this.purchases.push(purchase);
    await options.before?.(purchase.orderId);
    const body = this.#shop.orderBody([{ sku, quantity }], token);
    const answer = await this.insist('POST', '/v1/orders', { body, idempotencyKey }, (said) => {
      if (said.status === 201 || said.status === 202 || 'orderId' in said.body) purchase.isAccepted = true;
    });
    // Who comes when the shelf is empty is told so, and there is no order.
    const isSentAway = answer.body['code'] === 'OUT_OF_STOCK' && purchase.mayEndAs.includes('rejected');
    if (!purchase.isAccepted && !isSentAway)
      throw new Error(`An order was refused with ${answer.status}: ${answer.text}`);
    return purchase;
  }

  /** Buys a mixture of what a day brings, each a little after the one before; resolves when all are decided. */
  async shopFor(count: number, everyMs = 150): Promise<void> {
    await this.shelf();
    const visits = Array.from({ length: count }, () => this.#visit());
    const under: Promise<void>[] = [];
    for (const visit of visits) {
      under.push(visit());
      await delay(everyMs);
    }
    await Promise.all(under);
  }

  /** Decided at once, so that what happens beside it does not change what a seed gives. */
  #visit(): () => Promise<void> {
    const kind = this.#random.fraction();
    const quantity = this.#random.integer(1, 3);
    if (kind < 0.12)
      return async () => void (await this.buy({ token: 'tok_declined_insufficient_funds', quantity }));
    if (kind < 0.24)
      return async () => {
        const purchase = await this.buy({ quantity, mayEndAs: ['cancelled', 'completed'] });
        await this.cancel(purchase);
      };
    if (kind < 0.36)
      return async () => {
        const purchase = await this.buy({ quantity });
        await this.refund(purchase, 100);
      };
    return async () => void (await this.buy({ quantity }));
  }

  /** Asks for the cancellation, which may come too late. */
  async cancel(purchase: Purchase): Promise<Answer> {
    return this.insist('POST', `/v1/orders/${purchase.orderId}/cancel`, {
      body: { reason: 'changed_mind' },
      idempotencyKey: `cancel-${purchase.orderId}`,
    });
  }

  /**
   * Waits until it is paid and gets some money back.
   * @param request another one for the same order has another number
   */
  async refund(purchase: Purchase, amountMinor: number, request = 1): Promise<void> {
    await this.#shop.until(
      purchase.orderId,
      'paid',
      (order) => order.paymentStatus === 'captured',
      PATIENCE_MS,
    );
    const answer = await this.insist('POST', `/v1/orders/${purchase.orderId}/refunds`, {
      body: { amountMinor, reason: 'scratched' },
      idempotencyKey: `refund-${purchase.orderId}-${request}`,
    });
    if (answer.status !== 201) throw new Error(`A refund was refused with ${answer.status}: ${answer.text}`);
    purchase.refundedMinor += amountMinor;
  }

  /** Repeats a request until there is a decision: not on 202, 429, 5xx, an equal request under way or a lost connection. */
  insist(
    method: string,
    path: string,
    options: RequestOptions & { readonly idempotencyKey: string },
    heard: (answer: Answer) => void = () => undefined,
  ): Promise<Answer> {
    return waitFor(
      async () => {
        const answer = await this.#shop.request(method, path, options).catch((error: unknown) => {
          if (error instanceof TypeError) return null;
          throw error;
        });
        this.#note(answer?.status ?? 'lost');
        if (answer === null) return null;
        heard(answer);
        if (answer.status === 202 || answer.status === 429 || answer.status >= 500) return null;
        // An earlier attempt of this customer is still being carried out.
        return answer.body['code'] === 'REQUEST_IN_PROGRESS' ? null : answer;
      },
      { timeoutMs: PATIENCE_MS, intervalMs: REPEAT_AFTER_MS, what: `${method} ${path} to be decided` },
    );
  }

  /** Waits until every order has ended. */
  async untilAllEnded(): Promise<void> {
    for (const { orderId } of this.purchases.filter(({ isAccepted }) => isAccepted))
      await this.#shop.until(orderId, 'ended', (order) => ENDED.includes(order.status), PATIENCE_MS);
  }

  #note(status: number | 'lost'): void {
    this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
  }
}
