/**
 * What the payment provider does with money: authorize, capture, void, refund, within the limits that a provider sets.
 *
 * Owns: the rules and the record. Does not own: keys, faults and answers, which are the endpoint's.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { Refusal } from '../shared/operation-endpoint.ts';
import type { Operations, RecordedOperation } from '../shared/provider-store.ts';
import type { Webhooks } from '../shared/webhooks.ts';
import type { CaptureWindows } from './capture-windows.ts';
import { declineReasonOf } from './tokens.ts';

/** ISO 4217 for "no currency": a void of an authorization that was never seen has none. */
const NO_CURRENCY = 'XXX';

const id = z.string().min(1).max(255);
const amount = {
  amountMinor: z.number().int().positive(),
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code'),
};
export const authorizeBody = z.strictObject({ orderId: id, ...amount, paymentToken: id });
export const captureBody = z.strictObject({ orderId: id, authorizationKey: id, ...amount });
export const voidBody = z.strictObject({ orderId: id, authorizationKey: id });
/** Which refund fails after all, and why. */
export const failRefundBody = z.strictObject({ key: id, code: id.default('account_closed') });
export const refundBody = z.strictObject({ orderId: id, captureKey: id, ...amount });

interface Request<Body> {
  readonly key: string;
  readonly body: Body;
  readonly decline: { readonly code: string | undefined } | null;
}
interface Amount {
  readonly amountMinor: number;
  readonly currency: string;
}

/** The operation as the provider answers it. */
export function toWire(operation: RecordedOperation) {
  const { operation: kind, detail, parentKey, ...rest } = operation;
  return { ...rest, kind, ...(parentKey === null ? {} : { parentKey }), ...detail };
}

export type Payments = ReturnType<typeof createPayments>;
export function createPayments(operations: Operations, webhooks: Webhooks, windows: CaptureWindows) {
  const tell = (type: string, operation: RecordedOperation): void =>
    webhooks.queue(operation.orderId, type, {
      operationKey: operation.key,
      kind: operation.operation,
      orderId: operation.orderId,
      amountMinor: operation.amountMinor,
      currency: operation.currency,
      status: operation.status,
    });
  const record = (
    kind: 'authorize' | 'capture' | 'void' | 'refund',
    request: Request<{ readonly orderId: string }>,
    made: Amount & { readonly parentKey: string | null; readonly declineReason: string | null },
    detail: Readonly<Record<string, unknown>> = {},
  ) => {
    const operation: RecordedOperation = {
      id: `po_${randomUUID().replaceAll('-', '')}`,
      key: request.key,
      operation: kind,
      orderId: request.body.orderId,
      amountMinor: made.amountMinor,
      currency: made.currency,
      status: made.declineReason === null ? 'succeeded' : 'declined',
      parentKey: made.parentKey,
      detail: made.declineReason === null ? detail : { declineReason: made.declineReason },
      at: new Date().toISOString(),
    };
    operations.insert(operation);
    tell(`payment.operation.${operation.status}`, operation);
    return toWire(operation);
  };
  const declined = (request: Request<unknown>): string | null =>
    request.decline === null ? null : (request.decline.code ?? 'do_not_honor');

  return {
    authorize(request: Request<z.output<typeof authorizeBody>>) {
      const { orderId, amountMinor, currency, paymentToken } = request.body;
      if (operations.succeededChildren(request.key, 'void').length > 0)
        throw new Refusal('voided_before', 'This authorization was voided before it arrived');
      const declineReason = declined(request) ?? declineReasonOf(paymentToken);
      return record(
        'authorize',
        request,
        { amountMinor, currency, parentKey: null, declineReason },
        { capture_before: new Date(Date.now() + windows.take(orderId)).toISOString() },
      );
    },

    capture(request: Request<z.output<typeof captureBody>>) {
      const { authorizationKey, amountMinor, currency } = request.body;
      const authorization = findParent(operations, 'authorize', authorizationKey, request.body);
      if (authorization === null)
        throw new Refusal('authorization_not_found', 'No authorization has this key');
      checkCapturable(operations, authorization);
      const capturedMinor = sumMinor(operations.succeededChildren(authorizationKey, 'capture'));
      if (capturedMinor + amountMinor > (authorization.amountMinor ?? 0))
        throw new Refusal('amount_exceeds_authorized', `${capturedMinor} have been captured already`);
      return record('capture', request, {
        amountMinor,
        currency,
        parentKey: authorizationKey,
        declineReason: declined(request),
      });
    },

    /** Also of an authorization that was declined or never seen: then nothing is let go, and a late one is refused. */
    void(request: Request<z.output<typeof voidBody>>) {
      const { authorizationKey } = request.body;
      const authorization = findParent(operations, 'authorize', authorizationKey, request.body);
      if (operations.succeededChildren(authorizationKey, 'void').length > 0)
        throw new Refusal('already_voided', 'This authorization was voided by another request');
      if (operations.succeededChildren(authorizationKey, 'capture').length > 0)
        throw new Refusal('already_captured', 'This authorization was captured; refund it instead');
      return record('void', request, {
        amountMinor: authorization?.status === 'succeeded' ? (authorization.amountMinor ?? 0) : 0,
        currency: authorization?.currency ?? NO_CURRENCY,
        parentKey: authorizationKey,
        declineReason: declined(request),
      });
    },

    refund(request: Request<z.output<typeof refundBody>>) {
      const { captureKey, amountMinor, currency } = request.body;
      const capture = findParent(operations, 'capture', captureKey, request.body);
      if (capture === null || capture.status !== 'succeeded')
        throw new Refusal('capture_not_found', 'No successful capture has this key');
      const refundedMinor = sumMinor(operations.succeededChildren(captureKey, 'refund'));
      if (refundedMinor + amountMinor > (capture.amountMinor ?? 0))
        throw new Refusal('amount_exceeds_captured', `${refundedMinor} have been refunded already`);
      return record('refund', request, {
        amountMinor,
        currency,
        parentKey: captureKey,
        declineReason: declined(request),
      });
    },

    /** The bank returns a refund that was reported as done: it is taken back, and said so. Null when none succeeded. */
    failRefund({ key, code }: z.output<typeof failRefundBody>) {
      const refund = operations.byKey(key);
      if (refund?.operation !== 'refund' || refund.status !== 'succeeded') return null;
      const failed = {
        ...refund,
        status: 'failed',
        detail: { ...refund.detail, failureReason: code },
      } as const;
      operations.fail(key, failed.detail);
      tell('payment.refund.failed', failed);
      return toWire(failed);
    },
  };
}

/** The operation that a request builds on, null when it was never seen. @throws Refusal when it is of another order or currency */
function findParent(
  operations: Operations,
  kind: string,
  key: string,
  body: { readonly orderId: string; readonly currency?: string },
): RecordedOperation | null {
  const parent = operations.byKey(key);
  if (parent === null || parent.operation !== kind) return null;
  if (parent.orderId !== body.orderId)
    throw new Refusal('order_mismatch', `That ${kind} belongs to another order`);
  if (body.currency !== undefined && body.currency !== parent.currency)
    throw new Refusal('currency_mismatch', `That ${kind} was made in ${parent.currency}`);
  return parent;
}

function checkCapturable(operations: Operations, authorization: RecordedOperation): void {
  if (authorization.status === 'declined')
    throw new Refusal('authorization_declined', 'The authorization was declined');
  if (operations.succeededChildren(authorization.key, 'void').length > 0)
    throw new Refusal('already_voided', 'The authorization was voided');
  const captureBefore = z.iso.datetime().parse(authorization.detail['capture_before']);
  if (Date.now() >= Date.parse(captureBefore))
    throw new Refusal('authorization_expired', `It could be captured until ${captureBefore}`);
}

function sumMinor(operations: readonly RecordedOperation[]): number {
  return operations.reduce((sum, operation) => sum + (operation.amountMinor ?? 0), 0);
}
