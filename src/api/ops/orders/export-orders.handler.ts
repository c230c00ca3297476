import { once } from 'node:events';
import type { Response } from 'express';
import { z } from 'zod';
import type { ConsoleReads, OrderRow } from '../../../../db/repositories/console.repository.ts';
import type { OrderListFilter } from '../../../../db/repositories/order-reads.repository.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { queryInteger } from '../../http/fields.ts';
import { orderFilterShape } from '../../orders/list-orders.handler.ts';
import { CSV_HEADER, toCsvLine } from './order-csv.ts';

/** A table that a person still opens in one piece. */
const MAX_ROWS = 10_000;
const PAGE = 500;

export const exportOrdersEndpoint = defineEndpoint({
  method: 'get',
  path: '/v1/ops/orders/export',
  operationId: 'exportOrders',
  tag: 'Operations',
  summary: 'Export a list of orders as CSV, the newest first',
  description: `With the filters of \`GET /v1/orders\`, and ${MAX_ROWS.toLocaleString('en')} rows at most. Amounts are in minor units.`,
  permission: 'orders:search',
  query: z.strictObject({
    ...orderFilterShape,
    limit: queryInteger({ min: 1, max: MAX_ROWS }).default(MAX_ROWS),
  }),
  answers: {
    200: { description: 'A line of names, then one an order (RFC 4180)', contentType: 'text/csv' },
  },
  handle: async ({ query }, { repositories, isStopping }) => {
    const { limit, ...filter } = query;
    const pages = readPages(repositories.consoleReads, filter, limit);
    // Read before anything is sent, so that a database that is away is told as a problem.
    const first = await pages.next();
    return {
      httpStatus: 200,
      headers: { 'content-type': 'text/csv' },
      stream: async (_request, response) => {
        response.setHeader('content-type', 'text/csv; charset=utf-8');
        response.setHeader('content-disposition', 'attachment; filename="orders.csv"');
        await write(response, CSV_HEADER);
        for (let page = first; !page.done && !response.destroyed; page = await pages.next()) {
          // Half a table must not look like a whole one.
          if (isStopping()) response.destroy();
          else await write(response, page.value.map(toCsvLine).join(''));
        }
        response.end();
      },
    };
  },
});

async function* readPages(
  reads: Pick<ConsoleReads, 'listRows'>,
  filter: Omit<OrderListFilter, 'limit' | 'cursor'>,
  limit: number,
): AsyncGenerator<readonly OrderRow[], void> {
  let cursor: string | null = null;
  let left = limit;
  do {
    const page = await reads.listRows({
      ...filter,
      limit: Math.min(PAGE, left),
      cursor: cursor ?? undefined,
    });
    yield page.items;
    left -= page.items.length;
    cursor = page.nextCursor;
  } while (cursor !== null && left > 0);
}

/** Waits while the receiver is slower than we are. */
async function write(response: Response, text: string): Promise<void> {
  if (response.destroyed || response.write(text)) return;
  await Promise.race([once(response, 'drain'), once(response, 'close')]);
}
