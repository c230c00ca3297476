/**
 * Items and stock for the sales of a file. Nothing that is there already is replaced, and each amount of stock is added
 * under a key that follows from the file, so a second run adds nothing.
 */
import { apiPath } from '../api/api-client.ts';
import { ApiRefusalError } from '../api/api-errors.ts';
import { adjustmentSchema, itemSchema, type ItemReply } from '../api/api-replies.ts';
import { workThrough } from '../work-queue.ts';
import type { RetailItem } from './group-invoices.ts';
import { refusalFrom, type ImportClient, type Refusal } from './import-client.ts';

const CURRENCY = 'GBP';
/** The location that the whole stock of a file is put at. */
const LOCATION = 'main';

export interface RefusedItem extends Refusal {
  readonly sku: string;
}

export interface PrepareOptions {
  /** `auto`: what the sales of the file need together; a number: so many of each. */
  readonly stock: 'auto' | number;
  /** SHA-256 of the file, hex. */
  readonly digest: string;
  readonly concurrency: number;
  readonly onProgress: (done: number, sku: string) => void;
}

async function findItem({ api }: ImportClient, sku: string): Promise<ItemReply | null> {
  try {
    const { body } = await api.call({ method: 'GET', path: apiPath`/v1/items/${sku}` }, itemSchema);
    return body;
  } catch (error) {
    if (error instanceof ApiRefusalError && error.problem.status === 404) return null;
    throw error;
  }
}

/** Creates the item, or makes one that is there fit to be ordered in pounds; leaves all else of it as it is. */
async function ensureItem(client: ImportClient, item: RetailItem): Promise<void> {
  const present = await findItem(client, item.sku);
  const hasPrice = present?.prices.some((price) => price.currency === CURRENCY) ?? false;
  if (present?.active && hasPrice) return;
  const price = { amountMinor: item.priceMinor, currency: CURRENCY };
  const body = {
    name: present?.name ?? item.name,
    prices: hasPrice ? present?.prices : [...(present?.prices ?? []), price],
    ...(present === null ? {} : { weightGrams: present.weightGrams }),
    active: true,
  };
  await client.api.call({ method: 'PUT', path: apiPath`/v1/items/${item.sku}`, body }, itemSchema);
}

/** The file's own amount, and not what is missing just now, so that the same key always goes with the same amount. */
async function addStock(client: ImportClient, item: RetailItem, options: PrepareOptions): Promise<void> {
  const quantity = options.stock === 'auto' ? item.demand : options.stock;
  if (quantity === 0) return;
  // A key is plain ASCII without blanks, which a sku need not be.
  const sku = encodeURIComponent(item.sku);
  await client.api.call(
    {
      method: 'POST',
      path: apiPath`/v1/inventory/${item.sku}/adjustments`,
      body: { locationId: LOCATION, quantity, reason: 'retail import' },
      idempotencyKey: `retail-stock-${options.digest}-${options.stock}-${sku}`,
    },
    adjustmentSchema,
  );
}

/**
 * Sees to it that every item can be ordered.
 * @returns the items that the API does not take; orders with them will be refused
 * @throws ApiUnreachableError, ApiRefusalError when the service cannot be used at all
 */
export async function prepareItems(
  client: ImportClient,
  items: readonly RetailItem[],
  options: PrepareOptions,
): Promise<readonly RefusedItem[]> {
  const refused: RefusedItem[] = [];
  let done = 0;
  await workThrough(items, { concurrency: options.concurrency, signal: client.signal }, async (item) => {
    try {
      await ensureItem(client, item);
      await addStock(client, item, options);
    } catch (error) {
      refused.push({ sku: item.sku, ...refusalFrom(error) });
    }
    done += 1;
    options.onProgress(done, item.sku);
  });
  return refused;
}
