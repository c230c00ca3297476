/** The carrier port over HTTP, for the carrier that simulators/carrier speaks for. */
import { z } from 'zod';
import { OutcomeUnknownError, ProviderRefusedError } from '../../domain/provider-errors.ts';
import { createProviderHttp } from '../http/provider-http.ts';
import type { Booking, CarrierOperation, CarrierPort } from './carrier.port.ts';

const bookingReply = z.object({
  id: z.string().min(1),
  key: z.string().min(1),
  orderId: z.string().min(1),
  shipmentId: z.string().min(1),
  carrier: z.string().min(1),
  trackingNumber: z.string().min(1),
  labelUrl: z.url(),
  status: z.enum(['booked', 'shipped', 'delivered', 'cancelled']),
});

const operationReply = z
  .object({
    id: z.string().min(1),
    key: z.string().min(1),
    operation: z.enum(['book', 'cancel']),
    orderId: z.string().min(1),
    status: z.literal('succeeded'),
    neverBooked: z.boolean().default(false),
    at: z.iso.datetime(),
  })
  .transform(({ id, key, operation, orderId, at, neverBooked }): CarrierOperation => ({
    id,
    key,
    kind: operation === 'book' ? 'book' : 'cancel_booking',
    orderId,
    at,
    neverBooked,
  }));

const pageReply = z.object({ items: z.array(operationReply), nextCursor: z.string().nullable() });

export interface HttpCarrierGatewayOptions {
  readonly baseUrl: string;
  readonly apiKey: string;
  /** For one call, milliseconds. */
  readonly timeoutMs: number;
}

/** Errors and keys as the port says; retries and the circuit as in the payment gateway. */
export function createHttpCarrierGateway(options: HttpCarrierGatewayOptions): CarrierPort {
  const http = createProviderHttp({ provider: 'carrier', ...options });

  const perform = async (request: {
    readonly path: string;
    readonly operationKey: string;
    readonly bookingKey: string;
    readonly body: { readonly orderId: string; readonly [member: string]: unknown };
  }): Promise<Booking> => {
    const booking = await http.perform({
      path: request.path,
      operationKey: request.operationKey,
      orderId: request.body.orderId,
      body: request.body,
      reply: bookingReply,
    });
    // A reply about something else tells nothing about what was asked for.
    if (booking.key !== request.bookingKey)
      throw new OutcomeUnknownError('The carrier answered for another booking');
    return booking;
  };

  return {
    book: ({ operationKey, orderId, shipmentId, fromLocationId, shipTo, weightGrams }) =>
      perform({
        path: '/v1/bookings',
        operationKey,
        bookingKey: operationKey,
        body: { orderId, shipmentId, fromLocationId, shipTo, weightGrams },
      }),
    cancel: ({ operationKey, orderId, bookingKey }) =>
      orNull(perform({ path: '/v1/cancellations', operationKey, bookingKey, body: { orderId, bookingKey } })),
    findByKey: (operationKey) =>
      orNull(http.read(`/v1/bookings/by-key/${encodeURIComponent(operationKey)}`, bookingReply)),
    list({ cursor, limit }) {
      const query = new URLSearchParams({
        limit: String(limit),
        ...(cursor === undefined ? {} : { cursor }),
      });
      return http.read(`/v1/operations?${query}`, pageReply);
    },
  };
}

/** Null where the carrier says that it never saw the booking. */
async function orNull(booking: Promise<Booking>): Promise<Booking | null> {
  try {
    return await booking;
  } catch (error) {
    if (error instanceof ProviderRefusedError && error.code === 'booking_not_found') return null;
    throw error;
  }
}
