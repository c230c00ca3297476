/**
 * What an event is, as the one definition that is checked: consumers validate with it, and docs/events/<type>.json is
 * written from it (`node src/adapters/events/event-json-schema.main.ts`). Fields are ids, codes, counts and amounts;
 * there is no field for a name, an address or anything else that says who a person is.
 */
import { z } from 'zod';
import type { EventDataByType, EventType, OrderEvent } from '../../domain/events/event.ts';
import { MAX_LINES_IN_EVENT } from '../../domain/events/event.ts';
import { eventId } from '../../domain/ids.ts';

const ORDER_ID = /^ord_[A-Za-z0-9_-]{1,60}$/;
/** Ids and codes: visible characters without `@`, so that no mail address passes for one. */
const ID = /^[!-?A-~]{1,255}$/;

const id = z.string().regex(ID);
const text = z.string().min(1).max(1000);
/** As another company writes it. */
const label = z.string().min(1).max(255);
const count = z.int().min(1);
const money = z
  .object({
    amountMinor: z.int().min(0).describe('Minor units of the currency: pence, cents, yen.'),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/)
      .describe('ISO 4217.'),
  })
  .describe('An amount of money.');
const shipmentId = id.describe('The shipment; one for each location that serves the order.');
const locations = z.array(id).min(1).describe('The stock locations concerned.');

/** The data of each type. The key is the type; `satisfies` keeps this table complete. */
const DATA = {
  'commerce.order.placed.v1': z
    .object({
      customerId: id,
      total: money,
      lineCount: count,
      lines: z
        .array(
          z.object({
            lineId: id,
            sku: label,
            quantity: count,
            unitPriceMinor: z.int().min(0),
          }),
        )
        .min(1)
        .max(MAX_LINES_IN_EVENT)
        .exactOptional()
        .describe(
          `The lines; absent when there are more than ${MAX_LINES_IN_EVENT}: GET /v1/orders/{id} has them.`,
        ),
    })
    .describe('An order was taken in. The first event of every order.'),
  'commerce.inventory.reserved.v1': z
    .object({ locations, units: count.describe('Sum of the quantities of all lines.') })
    .describe('Stock for every line is held at the named locations.'),
  'commerce.inventory.released.v1': z
    .object({ locations, units: count.describe('Sum of the quantities given back.') })
    .describe('The stock that was held is free again: the order was rejected or cancelled.'),
  // Not why: the customer reads events too, and who means harm would learn what to do otherwise.
  'commerce.order.review_started.v1': z
    .object({ until: z.iso.datetime().describe('When it goes on without anybody deciding.') })
    .describe('A person looks at the order before money is asked for; stock is held.'),
  'commerce.inventory.rerouted.v1': z
    .object({
      from: locations,
      to: id.describe('The stock location that serves the order now.'),
      units: count.describe('Sum of the quantities that are held there now and were held elsewhere.'),
    })
    .describe('An operator has the order sent from another location; no label was bought yet.'),
  'commerce.payment.authorized.v1': z
    .object({
      amount: money,
      captureBefore: z.iso.datetime().describe('The authorization ends at this time.'),
    })
    .describe('The provider holds the amount for us.'),
  'commerce.payment.declined.v1': z
    .object({ amount: money, declineReason: label.describe('The code of the provider.') })
    .describe('The provider refused the authorization; `order.rejected` follows.'),
  'commerce.payment.voided.v1': z
    .object({ amount: money })
    .describe('An authorization was given back without taking money.'),
  'commerce.payment.captured.v1': z.object({ amount: money }).describe('The money was taken.'),
  'commerce.payment.refund_requested.v1': z
    .object({ refundId: id, amount: money, reason: text })
    .describe('A refund was promised; the provider is asked for it.'),
  'commerce.payment.refunded.v1': z
    .object({
      refundId: id,
      amount: money,
      reason: text,
      restocked: z.boolean().describe('Whether the goods went back on the shelf.'),
    })
    .describe('Money was given back. Can happen several times, and after `order.completed`.'),
  'commerce.payment.refund_failed.v1': z
    .object({
      refundId: id,
      amount: money,
      failureCode: label.describe('The code of the provider.'),
      afterSuccess: z
        .boolean()
        .describe('Whether `payment.refunded` was told of it before: then the money is due again.'),
    })
    .describe(
      'A refund did not reach the customer: refused at once, or failed after it had been reported as done.',
    ),
  'commerce.order.confirmed.v1': z
    .object({ total: money })
    .describe('Stock and money are held; the customer can rely on the order.'),
  'commerce.order.rejected.v1': z
    .object({
      code: z.string().regex(/^[A-Z][A-Z_]{1,63}$/),
      message: text,
      lines: z
        .array(
          z.object({
            lineId: id,
            sku: label,
            requested: count,
            available: z.int().min(0),
          }),
        )
        .exactOptional()
        .describe('With OUT_OF_STOCK: the lines that lack stock.'),
      declineReason: label.exactOptional().describe('With PAYMENT_DECLINED: the code of the provider.'),
    })
    .describe('The order ended before it was confirmed, and holds neither stock nor money.'),
  'commerce.fulfilment.started.v1': z
    .object({ shipmentIds: z.array(shipmentId).min(1) })
    .describe('Every shipment of the order has a label.'),
  'commerce.shipment.label_created.v1': z
    .object({ shipmentId, locationId: id, carrier: label, trackingNumber: label })
    .describe('A label was bought; once for each shipment, after `fulfilment.started`.'),
  'commerce.order.partially_shipped.v1': z
    .object({ shipmentId })
    .describe('A parcel was handed over and others were not yet.'),
  'commerce.order.shipped.v1': z.object({ shipmentId }).describe('The last parcel was handed over.'),
  'commerce.delivery.partially_confirmed.v1': z
    .object({ shipmentId })
    .describe('A parcel arrived and others did not yet.'),
  'commerce.delivery.confirmed.v1': z.object({ shipmentId }).describe('The last parcel arrived.'),
  'commerce.order.completed.v1': z
    .object({})
    .describe('The return window is over. Only refunds can still follow.'),
  'commerce.order.cancellation_started.v1': z
    .object({ reason: text })
    .describe('A cancellation was accepted; what was done is being undone.'),
  'commerce.order.cancelled.v1': z.object({ reason: text }).describe('Everything is undone.'),
  'commerce.order.attention_raised.v1': z
    .object({ code: id, message: text })
    .describe('The order needs a person, or waits longer than it should.'),
  'commerce.order.attention_cleared.v1': z
    .object({
      code: id,
      remaining: id
        .nullish()
        .describe('The newest of the causes that are left; null or absent when there is none.'),
    })
    .describe('A cause is gone.'),
} as const satisfies { readonly [Type in EventType]: z.ZodType<EventDataByType[Type]> };

/** Every type that exists. */
export const EVENT_TYPES = Object.keys(DATA) as readonly EventType[];

/** The whole CloudEvent of one type. */
export function eventSchema<Type extends EventType>(type: Type) {
  return z
    .object({
      specversion: z.literal('1.0'),
      id: z
        .string()
        .regex(/^ord_[A-Za-z0-9_-]{1,60}-[1-9][0-9]{0,8}$/)
        .describe('`<order id>-<sequence>`, the same on every delivery; consumers dedupe by it.'),
      source: z.literal('/order-saga/orders'),
      type: z.literal(type),
      subject: z.string().regex(ORDER_ID).describe('The order id.'),
      time: z.iso.datetime().describe('When the change was made, RFC 3339 UTC.'),
      datacontenttype: z.literal('application/json'),
      sequence: z.int().min(1).max(999_999_999).describe('1..n per order, without gap.'),
      correlationid: id.describe("The order's first request."),
      causationid: id.describe('The request, webhook or event that caused this one.'),
      data: DATA[type],
    })
    .describe(DATA[type].description ?? type);
}

const schemas = new Map(EVENT_TYPES.map((type) => [type, eventSchema(type)]));

/** The body of a message is not one of our events; what is wrong with it, without repeating what it holds. */
export class InvalidEventError extends Error {
  override readonly name = 'InvalidEventError';
}

/** The message body of an event: CloudEvents 1.0, structured JSON, in characters that SNS and SQS accept. */
export function serializeEvent(event: OrderEvent): string {
  // The two code points that are valid in JSON and refused by SQS; written as escapes they pass.
  return JSON.stringify(event).replace(
    /[\uFFFE\uFFFF]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16)}`,
  );
}

/**
 * Reads a message body. Fields that this version does not know are left out, as additions within v1 are allowed.
 * @throws InvalidEventError naming every field that is wrong
 */
export function parseEvent(body: string): OrderEvent {
  const json = parseJson(body);
  const type = z.object({ type: z.enum(EVENT_TYPES) }).safeParse(json);
  const schema: z.ZodType<OrderEvent> | undefined = type.success ? schemas.get(type.data.type) : undefined;
  if (!type.success || schema === undefined)
    throw new InvalidEventError('type: not a type that is known here');
  const event = schema.safeParse(json);
  if (!event.success) throw new InvalidEventError(`${type.data.type} is not valid: ${issuesOf(event.error)}`);
  if (event.data.id !== eventId(event.data.subject, event.data.sequence)) {
    throw new InvalidEventError(`${type.data.type} is not valid: id is not subject and sequence`);
  }
  return event.data;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new InvalidEventError('the body is not JSON');
  }
}

function issuesOf(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; ');
}
