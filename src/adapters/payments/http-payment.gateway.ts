/** The payment port over HTTP, for the payment provider that simulators/payment-provider speaks for. */
import { z } from 'zod';
import { OutcomeUnknownError, ProviderRefusedError } from '../../domain/provider-errors.ts';
import { createProviderHttp } from '../http/provider-http.ts';
import type { PaymentOperation, PaymentPort } from './payment.port.ts';

const operationReply = z
  .object({
    id: z.string().min(1),
    key: z.string().min(1),
    kind: z.enum(['authorize', 'capture', 'void', 'refund']),
    orderId: z.string().min(1),
    amountMinor: z.number().int().min(0),
    currency: z.string().regex(/^[A-Z]{3}$/),
    status: z.enum(['succeeded', 'declined', 'failed']),
    declineReason: z.string().min(1).optional(),
    failureReason: z.string().min(1).optional(),
    capture_before: z.iso.datetime().optional(),
    at: z.iso.datetime(),
  })
  .transform(
    ({ capture_before: captureBefore, failureReason, declineReason, ...operation }): PaymentOperation => ({
      ...operation,
      declineReason: declineReason ?? failureReason,
      captureBefore,
    }),
  );

const pageReply = z.object({ items: z.array(operationReply), nextCursor: z.string().nullable() });

export interface HttpPaymentGatewayOptions {
  readonly baseUrl: string;
  readonly apiKey: string;
  /** For one call, milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Errors and keys as the port says. Nothing is retried here. After several orders in a row could not reach the
 * provider, calls that do something fail at once with ProviderUnavailableError for a short while; look-ups never do.
 */
export function createHttpPaymentGateway(options: HttpPaymentGatewayOptions): PaymentPort {
  const http = createProviderHttp({ provider: 'payment provider', ...options });

  const perform = async (
    path: string,
    kind: PaymentOperation['kind'],
    operationKey: string,
    body: { readonly orderId: string; readonly [member: string]: unknown },
  ): Promise<PaymentOperation> => {
    const operation = await http.perform({
      path,
      operationKey,
      orderId: body.orderId,
      body,
      reply: operationReply,
    });
    // A reply about something else tells nothing about what was asked for.
    if (operation.key !== operationKey || operation.kind !== kind)
      throw new OutcomeUnknownError('The payment provider answered for another operation');
    return operation;
  };

  return {
    authorize: ({ operationKey, orderId, amount, paymentToken }) =>
      perform('/v1/authorizations', 'authorize', operationKey, { orderId, ...amount, paymentToken }),
    capture: ({ operationKey, orderId, amount, authorizationKey }) =>
      perform('/v1/captures', 'capture', operationKey, { orderId, ...amount, authorizationKey }),
    void: ({ operationKey, orderId, authorizationKey }) =>
      perform('/v1/voids', 'void', operationKey, { orderId, authorizationKey }),
    refund: ({ operationKey, orderId, amount, captureKey }) =>
      perform('/v1/refunds', 'refund', operationKey, { orderId, ...amount, captureKey }),
    async findByKey(operationKey) {
      try {
        return await http.read(`/v1/operations/by-key/${encodeURIComponent(operationKey)}`, operationReply);
      } catch (error) {
        if (error instanceof ProviderRefusedError && error.code === 'operation_not_found') return null;
        throw error;
      }
    },
    list({ cursor, limit }) {
      const query = new URLSearchParams({
        limit: String(limit),
        ...(cursor === undefined ? {} : { cursor }),
      });
      return http.read(`/v1/operations?${query}`, pageReply);
    },
  };
}
