/** Rows of order_events as the events that everybody else knows. */
import { sql } from 'drizzle-orm';
import type { EventDataByType, EventType, OrderEvent } from '../../../src/domain/events/event.ts';
import { eventId } from '../../../src/domain/ids.ts';

export interface EventRow {
  readonly orderId: string;
  readonly sequence: number;
  readonly type: EventType;
  readonly time: string;
  readonly correlationId: string;
  readonly causationId: string;
  readonly data: EventDataByType[EventType];
}

/** Columns of an {@link EventRow}. */
export const EVENT_COLUMNS = sql`order_events.order_id AS "orderId", order_events.sequence, order_events.type,
  order_events.occurred_at AS time, order_events.correlation_id AS "correlationId",
  order_events.causation_id AS "causationId", order_events.data`;

export function toOrderEvent(row: EventRow): OrderEvent {
  return {
    specversion: '1.0',
    id: eventId(row.orderId, row.sequence),
    source: '/order-saga/orders',
    type: row.type,
    subject: row.orderId,
    time: row.time,
    datacontenttype: 'application/json',
    sequence: row.sequence,
    correlationid: row.correlationId,
    causationid: row.causationId,
    data: row.data,
  };
}
