import { sql } from 'drizzle-orm';
import type { OrderView } from '../../../src/domain/orders/order.ts';
import type { Database } from '../../client.ts';
import type { OrderReads, OrderWithFingerprint } from '../order-reads.repository.ts';
import { EVENT_COLUMNS, toOrderEvent, type EventRow } from './events.ts';
import { instant, money, onlyRow } from '../sql.ts';
import { orderPageStatement, toOrderPage } from './order-pages.ts';
import { ORDER_VIEW } from './order-view.ts';

export function createOrderReads(database: Database): OrderReads {
  return {
    async find(orderId) {
      const [order] = await database.query<OrderWithFingerprint>(
        'orderReads.find',
        sql`SELECT ${ORDER_VIEW} AS view, orders.fingerprint, orders.principal_id AS "principalId"
          FROM orders WHERE orders.id = ${orderId}`,
      );
      return order ?? null;
    },

    async list(filter) {
      const rows = await database.query<{ readonly view: OrderView }>(
        'orderReads.list',
        orderPageStatement(filter, sql`${ORDER_VIEW} AS view`),
      );
      return toOrderPage(
        rows.map((row) => row.view),
        filter.limit,
      );
    },

    async openMatters(orderId) {
      const rows = await database.query<Awaited<ReturnType<OrderReads['openMatters']>>>(
        'orderReads.openMatters',
        sql`SELECT
            (SELECT coalesce(json_agg(json_build_object('key', key, 'kind', kind, 'since', ${instant(sql`created_at`)},
                'amount', CASE WHEN amount_minor IS NOT NULL THEN ${money(sql`amount_minor`, sql`currency`)} END)
              ORDER BY created_at, key), '[]')
              FROM provider_operations WHERE order_id = ${orderId} AND status = 'pending') AS operations,
            (SELECT count(*)::integer FROM reconciliation_breaks
              WHERE order_id = ${orderId} AND state = 'open') AS "openBreaks"`,
      );
      return onlyRow(rows);
    },

    async events(orderId, after, limit) {
      const rows = await database.query<EventRow>(
        'orderReads.events',
        sql`SELECT ${EVENT_COLUMNS} FROM order_events
          WHERE order_id = ${orderId} AND placed_at = (SELECT created_at FROM orders WHERE id = ${orderId}) AND sequence > ${after}
          ORDER BY sequence LIMIT ${limit}`,
      );
      return rows.map(toOrderEvent);
    },
  };
}
