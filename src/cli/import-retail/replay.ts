/** Runs an import: items and stock, then sales and cancellations at the pace asked for, then a look at every order. */
import { workThrough } from '../work-queue.ts';
import { applyCancellation, type CancellationOutcome } from './apply-cancellations.ts';
import type { RetailInvoice, RetailPlan } from './group-invoices.ts';
import { getOrder, type ImportClient } from './import-client.ts';
import { matchCancellations, type CancellationPart, type CancellationPlan } from './match-cancellations.ts';
import { outcomeOf, placeInvoice, type SaleOutcome } from './place-invoices.ts';
import { prepareItems, type RefusedItem } from './prepare-items.ts';
import type { ImportState } from './reconcile.ts';

export interface ReplayOptions {
  /** `auto`: as many of each item as the sales of the file need together; a number: so many of each. */
  readonly stock: 'auto' | number;
  /** SHA-256 of the file, hex. */
  readonly digest: string;
  /** How many sales, and how many cancellations, are under way at once. */
  readonly concurrency: number;
  /** How many times faster than the file's clock; `max` for as fast as it goes. */
  readonly speed: 'max' | number;
}

/** Called whenever one more thing of a step is done. */
export type ReportProgress = (progress: {
  readonly done: number;
  readonly total: number;
  /** The item or invoice that was just done. */
  readonly current: string;
}) => void;

/** Rejects with the signal's reason when that comes first. */
function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  return Promise.race([promise, aborted.promise]).finally(() => signal.removeEventListener('abort', abort));
}

/**
 * One import. Its steps are called in the order in which they stand here; its state can be asked for at any moment, so a
 * stopped import can be reported too.
 */
export class Replay {
  readonly #client: ImportClient;
  readonly #plan: RetailPlan;
  readonly #options: ReplayOptions;
  readonly #cancellationPlan: CancellationPlan;
  readonly #sales = new Map<string, SaleOutcome>();
  /** For cancellations, which wait for the decision about their sale. */
  readonly #decisions: ReadonlyMap<string, PromiseWithResolvers<SaleOutcome>>;
  readonly #saleByNumber: ReadonlyMap<string, RetailInvoice>;
  readonly #cancellations = new Map<CancellationPart, CancellationOutcome>();
  #refusedItems: readonly RefusedItem[] = [];

  constructor(client: ImportClient, plan: RetailPlan, options: ReplayOptions) {
    this.#client = client;
    this.#plan = plan;
    this.#options = options;
    this.#cancellationPlan = matchCancellations(plan.sales, plan.cancellations);
    this.#saleByNumber = new Map(plan.sales.map((sale) => [sale.invoice, sale]));
    this.#decisions = new Map(plan.sales.map(({ invoice }) => [invoice, Promise.withResolvers()]));
  }

  /** Sees to it that every item can be ordered. */
  async prepareItems(report: ReportProgress): Promise<void> {
    const { items } = this.#plan;
    this.#refusedItems = await prepareItems(this.#client, items, {
      ...this.#options,
      onProgress: (done, current) => report({ done, total: items.length, current }),
    });
  }

  /** Places every sale, and applies every cancellation once its sale is decided. */
  async placeAndCancel(report: ReportProgress): Promise<void> {
    const { sales } = this.#plan;
    const { parts } = this.#cancellationPlan;
    const total = sales.length + parts.length;
    let done = 0;
    const count =
      <Entry>(work: (entry: Entry, signal: AbortSignal) => Promise<string>) =>
      async (entry: Entry, signal: AbortSignal): Promise<void> => {
        const current = await work(entry, signal);
        done += 1;
        report({ done, total, current });
      };
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#client.signal, stop.signal]);
    const { concurrency, speed } = this.#options;
    const originMs = sales[0]?.occurredAtMs ?? 0;
    const pace = {
      concurrency,
      signal,
      startedAtMs: performance.now(),
      dueAfterMs: ({ occurredAtMs }: { readonly occurredAtMs: number }) =>
        speed === 'max' ? 0 : (occurredAtMs - originMs) / speed,
    };
    // Two lists, so that cancellations that wait for a capture never keep a sale from being placed.
    const lists = [
      workThrough(
        sales,
        pace,
        count((sale) => this.#place(sale)),
      ),
      workThrough(
        parts,
        pace,
        count((part, own) => this.#takeBack(part, own)),
      ),
    ];
    const results = await Promise.allSettled(
      lists.map((list) =>
        list.catch((error: unknown) => {
          stop.abort(error);
          throw error;
        }),
      ),
    );
    // The first to fail stopped the other one, so both have the same reason.
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async #place(sale: RetailInvoice): Promise<string> {
    const { invoice } = sale;
    // Stands until an answer is seen: an order whose answer never came may exist.
    this.#sales.set(invoice, { kind: 'pending', order: null });
    const outcome = await placeInvoice(this.#client, sale);
    this.#sales.set(invoice, outcome);
    this.#decisions.get(invoice)?.resolve(outcome);
    return invoice;
  }

  async #takeBack(part: CancellationPart, signal: AbortSignal): Promise<string> {
    const sale = this.#saleByNumber.get(part.sale);
    const decision = this.#decisions.get(part.sale);
    if (sale === undefined || decision === undefined) throw new Error(`Invoice ${part.sale} is not a sale`);
    const outcome = await unlessAborted(decision.promise, signal);
    if (outcome.kind === 'confirmed') {
      this.#cancellations.set(part, await applyCancellation(this.#client, part, sale, outcome.order));
    } else if (outcome.kind === 'pending') {
      this.#cancellations.set(part, { kind: 'pending', reason: 'its order is not decided yet' });
    } else {
      const reason = `its order was not taken: ${outcome.code}`;
      this.#cancellations.set(part, { kind: 'no_order', reason });
    }
    return part.cancellation;
  }

  /** Asks for every order once more: what counts in the end is what the service holds, not what it once answered. */
  async lookAtOrders(report: ReportProgress): Promise<void> {
    const placed = [...this.#sales].flatMap(([invoice, outcome]) =>
      'order' in outcome && outcome.order !== null ? [{ invoice, orderId: outcome.order.id }] : [],
    );
    const { signal } = this.#client;
    const { concurrency } = this.#options;
    let done = 0;
    await workThrough(placed, { concurrency, signal }, async ({ invoice, orderId }) => {
      this.#sales.set(invoice, outcomeOf(await getOrder(this.#client, orderId)));
      done += 1;
      report({ done, total: placed.length, current: invoice });
    });
  }

  /** All that is known now. @param stopped why the import ends early; null when it came to its end */
  state(stopped: string | null): ImportState {
    return {
      ...this.#cancellationPlan,
      plan: this.#plan,
      refusedItems: this.#refusedItems,
      sales: this.#sales,
      cancellations: this.#cancellations,
      stopped,
    };
  }
}
