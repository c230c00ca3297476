import { and, eq, sql, type SQL } from 'drizzle-orm';
import { InvariantViolatedError } from '../../../src/domain/database-errors.ts';
import type { EventType } from '../../../src/domain/events/event.ts';
import type { Contact, OrderView } from '../../../src/domain/orders/order.ts';
import { ORDER_TRANSITIONS } from '../../../src/domain/orders/order-status.ts';
import type { Database } from '../../client.ts';
import { notifications } from '../../schema/notifications.ts';
import type { MailClaim, MailTemplate, NotificationRepository } from '../messages.repository.ts';
import { ORDER_VIEW } from '../reads/order-view.ts';
import { textArray } from '../sql.ts';

interface NotificationRef {
  readonly orderId: string;
  readonly template: MailTemplate;
  readonly subjectId: string;
}

interface ClaimRow {
  readonly state: 'sending' | 'sent' | 'suppressed' | 'unknown';
  readonly isNew: boolean;
  readonly messageId: string;
  readonly order: OrderView;
  readonly contact: Contact | null;
}

/** An order that is or will be undone. */
const UNDONE = [
  ORDER_TRANSITIONS.reject.to,
  ORDER_TRANSITIONS.start_cancelling.to,
  ORDER_TRANSITIONS.cancel.to,
];
const CONFIRMED: EventType = 'commerce.order.confirmed.v1';

/** When a mail would say what is not so, or take back what was never said. */
const SUPPRESSED_WHEN: Record<MailTemplate, SQL> = {
  confirmed: sql`orders.status = ANY (${textArray(UNDONE)})`,
  cancelled: sql`NOT EXISTS (SELECT FROM order_events
    WHERE order_id = orders.id AND placed_at = orders.created_at AND type = ${CONFIRMED})`,
  rejected: sql`orders.status <> ${ORDER_TRANSITIONS.reject.to}`,
  shipped: sql`false`,
  refunded: sql`false`,
};

export function createNotificationRepository(database: Database): NotificationRepository {
  const isRow = ({ orderId, template, subjectId }: NotificationRef) =>
    and(
      eq(notifications.orderId, orderId),
      eq(notifications.template, template),
      eq(notifications.subjectId, subjectId),
      eq(notifications.state, 'sending'),
    );
  return {
    async claim(input) {
      const name = 'notifications.claim';
      const [row] = await database.query<ClaimRow>(name, claimStatement(input));
      if (row === undefined) throw new InvariantViolatedError(name, 'the order must exist');
      return toClaim(row);
    },

    async settle({ state, reason, ...notification }) {
      await database.run('notifications.settle', (builder) =>
        builder
          .update(notifications)
          .set({ state, reason: reason ?? null, settledAt: sql`now()` })
          .where(isRow(notification)),
      );
    },

    async skip({ orderId, template, subjectId }) {
      await database.query(
        'notifications.skip',
        sql`INSERT INTO notifications AS kept (order_id, template, subject_id, state, message_id, reason, settled_at)
          VALUES (${orderId}, ${template}, ${subjectId}, 'suppressed', ${messageIdOf(orderId, template, subjectId)},
            'given up by an operator', now())
          ON CONFLICT (order_id, template, subject_id) DO UPDATE
            SET state = 'unknown', reason = excluded.reason, settled_at = now() WHERE kept.state = 'sending'`,
      );
    },

    async unclaim(notification) {
      await database.run('notifications.unclaim', (builder) =>
        builder.delete(notifications).where(isRow(notification)),
      );
    },
  };
}

/** The update that changes nothing makes the statement answer the row that is there, also one that was written meanwhile. */
function claimStatement({ orderId, template, subjectId }: NotificationRef): SQL {
  return sql`WITH claimed AS (
      INSERT INTO notifications AS kept (order_id, template, subject_id, state, message_id, reason, settled_at)
      SELECT orders.id, ${template}, ${subjectId}, CASE WHEN reason IS NULL THEN 'sending' ELSE 'suppressed' END,
        ${messageIdOf(orderId, template, subjectId)}, reason, CASE WHEN reason IS NOT NULL THEN now() END
      FROM orders LEFT JOIN order_contacts ON order_contacts.order_id = orders.id
      CROSS JOIN LATERAL (SELECT CASE
          WHEN ${SUPPRESSED_WHEN[template]} THEN 'not warranted: the order is ' || orders.status
          WHEN order_contacts.order_id IS NULL THEN 'the person was forgotten'
        END AS reason) AS verdict
      WHERE orders.id = ${orderId}
      ON CONFLICT (order_id, template, subject_id) DO UPDATE SET state = kept.state
      RETURNING order_id, state, message_id, xmax = 0 AS is_new
    )
    SELECT claimed.state, claimed.is_new AS "isNew", claimed.message_id AS "messageId", ${ORDER_VIEW} AS order,
      CASE WHEN order_contacts.order_id IS NOT NULL
        THEN json_strip_nulls(json_build_object('email', email, 'phone', phone)) END AS contact
    FROM claimed JOIN orders ON orders.id = claimed.order_id
    LEFT JOIN order_contacts ON order_contacts.order_id = orders.id`;
}

function toClaim({ state, isNew, messageId, order, contact }: ClaimRow): MailClaim {
  if (state === 'suppressed') return { kind: isNew ? 'suppressed' : 'settled' };
  if (state !== 'sending' || contact === null) return { kind: 'settled' };
  return { kind: isNew ? 'send' : 'in_doubt', messageId, order, contact };
}

/** RFC 5322 Message-ID, the same on every attempt. */
function messageIdOf(orderId: string, template: MailTemplate, subjectId: string): string {
  return `<${orderId}.${template}.${subjectId}@order-saga>`;
}
