/** The order as it is answered, and the parts that other answers share with it. */
import { z } from 'zod';
import type { OrderView, RefundView } from '../../domain/orders/order.ts';
import { ORDER_STATUSES, PAYMENT_STATUSES } from '../../domain/orders/order-status.ts';
import type { ApiEnvironment } from '../../config/env.ts';
import { WAITING_STATES, type WaitingFor, type WaitingOwner } from '../../domain/orders/waiting-state.ts';
import { money, orderId } from '../http/fields.ts';

const time = z.iso.datetime({ offset: true }).meta({ description: 'RFC 3339, UTC' });

export const orderStatus = z.enum(ORDER_STATUSES).meta({
  id: 'OrderStatus',
  description:
    '`placed` → `reserved` → (`in_review`) → `authorized` → `confirmed`: accepted, stock held, payment held. ' +
    '`fulfilling` → `shipped` → `delivered` → `completed`: label bought, handed over, arrived, return window over. ' +
    '`rejected`: ended before confirmation, everything undone. `cancelling` → `cancelled`: ended after it, everything undone.',
});
export const paymentStatus = z.enum(PAYMENT_STATUSES).meta({ id: 'PaymentStatus' });

export const shortLine = z
  .strictObject({ lineId: z.string(), sku: z.string(), requested: z.int(), available: z.int() })
  .meta({ id: 'ShortLine', description: 'A line that lacks stock, and how much there is.' });

export const refund = z
  .strictObject({
    id: z.string(),
    status: z.enum(['pending', 'succeeded', 'failed']),
    amount: money,
    reason: z.string(),
    restock: z.boolean(),
    failureCode: z.string().nullable().meta({ description: 'Why the provider did not give it back.' }),
    lines: z.array(z.strictObject({ lineId: z.string(), quantity: z.int() })),
    createdAt: time,
    settledAt: time.nullable(),
  })
  .meta({
    id: 'Refund',
    description:
      '`failed`: the customer did not get the money, because the provider refused or, later, took back what it had reported ' +
      'as done. It can be asked for again with another Idempotency-Key.',
  });

const orderLine = z.strictObject({
  lineId: z.string(),
  sku: z.string(),
  name: z.string(),
  quantity: z.int(),
  unitPrice: money,
  total: money,
  locationId: z
    .string()
    .nullable()
    .meta({ description: 'Null when several locations serve it, or none yet.' }),
  allocations: z.array(z.strictObject({ locationId: z.string(), quantity: z.int() })),
});

const shipment = z.strictObject({
  id: z.string(),
  locationId: z.string(),
  carrier: z.string().nullable(),
  trackingNumber: z.string().nullable(),
  status: z.enum(['pending', 'booked', 'shipped', 'delivered', 'cancelled']),
});

export const waitingFor = z.enum(Object.keys(WAITING_STATES) as [WaitingFor, ...WaitingFor[]]);
export const waitingOwner = z.enum([
  'workflow',
  'payment_provider',
  'carrier',
  'warehouse',
  'operator',
] as const satisfies readonly WaitingOwner[]);

const attention = z.strictObject({ code: z.string(), since: time, message: z.string() });

export const order = z
  .strictObject({
    id: orderId,
    version: z.int().meta({ description: 'The sequence of its last event; its ETag.' }),
    status: orderStatus,
    paymentStatus,
    attention: attention.nullable().meta({ description: 'Why it needs a person: the newest cause.' }),
    attentions: z.array(attention).meta({ description: 'Every cause that is there, the newest first.' }),
    waiting: z
      .strictObject({ for: waitingFor, owner: waitingOwner, since: time, until: time })
      .nullable()
      .meta({ description: 'What holds it up, whose turn it is, and when it goes on or a person is told.' }),
    rejection: z
      .strictObject({
        code: z.enum(['OUT_OF_STOCK', 'PAYMENT_DECLINED', 'FRAUD_REFUSED']),
        message: z.string(),
        lines: z.array(shortLine).optional(),
        declineReason: z.string().optional(),
      })
      .nullable(),
    customerId: z.string(),
    currency: z.string(),
    lines: z.array(orderLine),
    totals: z.strictObject({
      items: money,
      total: money,
      captured: money,
      refunded: money,
      outstanding: money.meta({
        description:
          'What of the total was not charged, or was given back: total = captured − refunded + outstanding.',
      }),
      refundDue: money.meta({
        description: 'Promised back to the customer and not given back yet, or not any more.',
      }),
    }),
    payment: z.strictObject({ method: z.string(), captureBefore: time.nullable() }),
    shipments: z.array(shipment),
    refunds: z.array(refund),
    createdAt: time,
    updatedAt: time,
    links: z
      .strictObject({ self: z.string(), events: z.string(), stream: z.string(), temporal: z.url() })
      .meta({ description: 'Addresses below this service, and of the workflow in the Temporal Web UI.' }),
  })
  .meta({ id: 'Order' });
export type OrderAnswer = z.output<typeof order>;

export type LinkEnvironment = Pick<ApiEnvironment, 'TEMPORAL_UI_URL' | 'TEMPORAL_NAMESPACE'>;

/** The order as a caller sees it: its fields by name, so that nothing new leaves by accident. */
export function toOrderAnswer(view: OrderView, environment: LinkEnvironment): OrderAnswer {
  return {
    id: view.id,
    version: view.version,
    status: view.status,
    paymentStatus: view.paymentStatus,
    attention: view.attention,
    attentions: view.attentions.map(({ code, since, message }) => ({ code, since, message })),
    waiting:
      view.waiting === null
        ? null
        : {
            for: view.waiting.for,
            owner: view.waiting.owner,
            since: view.waiting.since,
            until: view.waiting.until,
          },
    rejection: view.rejection === null ? null : toRejection(view.rejection),
    customerId: view.customerId,
    currency: view.currency,
    lines: view.lines.map((line) => ({
      lineId: line.lineId,
      sku: line.sku,
      name: line.name,
      quantity: line.quantity,
      unitPrice: line.unitPrice,
      total: line.total,
      locationId: line.locationId,
      allocations: line.allocations.map(({ locationId, quantity }) => ({ locationId, quantity })),
    })),
    totals: view.totals,
    payment: { method: view.payment.method, captureBefore: view.payment.captureBefore },
    shipments: view.shipments.map((parcel) => ({
      id: parcel.id,
      locationId: parcel.locationId,
      carrier: parcel.carrier,
      trackingNumber: parcel.trackingNumber,
      status: parcel.status,
    })),
    refunds: view.refunds.map(toRefundAnswer),
    createdAt: view.createdAt,
    updatedAt: view.updatedAt,
    links: toLinks(view.id, environment),
  };
}

export function toRefundAnswer(view: RefundView): z.output<typeof refund> {
  return {
    id: view.id,
    status: view.status,
    amount: view.amount,
    reason: view.reason,
    restock: view.restock,
    failureCode: view.failureCode,
    lines: view.lines.map(({ lineId, quantity }) => ({ lineId, quantity })),
    createdAt: view.createdAt,
    settledAt: view.settledAt,
  };
}

function toRejection(rejection: NonNullable<OrderView['rejection']>): NonNullable<OrderAnswer['rejection']> {
  const { code, message, lines, declineReason } = rejection;
  return {
    code,
    message,
    ...(lines ? { lines: [...lines] } : {}),
    ...(declineReason === undefined ? {} : { declineReason }),
  };
}

export function orderPath(id: string): string {
  return `/v1/orders/${id}`;
}

/** Addresses of what there is of an order. */
export function toLinks(id: string, environment: LinkEnvironment): OrderAnswer['links'] {
  const self = orderPath(id);
  const base = environment.TEMPORAL_UI_URL.replace(/\/$/, '');
  return {
    self,
    events: `${self}/events`,
    stream: `${self}/stream`,
    temporal: `${base}/namespaces/${encodeURIComponent(environment.TEMPORAL_NAMESPACE)}/workflows/${id}`,
  };
}

export function orderEtag(version: number): string {
  return `"${version}"`;
}
