/**
 * A shop at its records: the statements that change orders, called as the workflow calls them, on a real PostgreSQL. Nobody
 * is asked outside, so that very many sequences can be run.
 */
import type { Repositories } from '../../../db/repositories/index.ts';
import type { OrderChange, OrderRef } from '../../../db/repositories/orders.repository.ts';
import {
  bookingCancelOperationKey,
  paymentOperationKey,
  refundOperationKey,
} from '../../../src/domain/ids.ts';
import { planAllocation, type Allocation } from '../../../src/domain/inventory/allocation.ts';
import type { OrderView } from '../../../src/domain/orders/order.ts';
import type { ModelLine, RefundWish } from './shop-model.ts';

export const LOCATIONS = ['main', 'west'] as const;
export type Location = (typeof LOCATIONS)[number];

/** What both the model and the records can be told to do to an order. */
export type Step =
  | { readonly kind: 'authorize' | 'decline' | 'book' | 'capture' | 'complete' }
  | { readonly kind: 'startCancelling' | 'void' | 'release' | 'reject' | 'cancelled' }
  | { readonly kind: 'ship' | 'deliver' | 'stopParcel'; readonly location: string }
  | { readonly kind: 'settleRefund'; readonly refundId: string; readonly state: 'succeeded' | 'failed' };

export class RecordShop {
  readonly #repositories: Repositories;
  /** What no other sequence in the same database has. */
  readonly name: string;

  constructor(repositories: Repositories, name: string) {
    this.#repositories = repositories;
    this.name = name;
  }

  sku(number: number): string {
    return `${this.name}-${number}`;
  }

  async putItem(number: number, unitPriceMinor: number): Promise<void> {
    const prices = [{ amountMinor: unitPriceMinor, currency: 'GBP' }];
    const sku = this.sku(number);
    await this.#repositories.inventory.putItem({ sku, name: sku, prices, weightGrams: 100, active: true });
  }

  async adjust(adjustmentId: string, sku: string, locationId: string, quantity: number): Promise<string> {
    const change = { adjustmentId, sku, locationId, quantity, reason: 'counted', actor: 'model' };
    return (await this.#repositories.inventory.adjust(change)).kind;
  }

  async shelves(sku: string): Promise<Map<string, { onHand: number; reserved: number }>> {
    const view = await this.#repositories.inventory.findInventory(sku);
    return new Map(
      (view?.locations ?? []).map(({ locationId, onHand, reserved }) => [
        `${sku}@${locationId}`,
        { onHand, reserved },
      ]),
    );
  }

  async order(orderId: string): Promise<OrderView> {
    const found = await this.#repositories.orderReads.find(orderId);
    if (found === null) throw new Error(`There is no order ${orderId}`);
    return found.view;
  }

  /** Plans and claims as the workflow's first step does. @returns where each line is taken from; empty when rejected */
  async place(orderId: string, lines: readonly ModelLine[]): Promise<readonly Allocation[]> {
    const { orders } = this.#repositories;
    const { shelves, locationOrder } = await orders.readShelves([...new Set(lines.map(({ sku }) => sku))]);
    const plan = planAllocation(lines, shelves, locationOrder);
    const order = {
      ...this.#reference(orderId),
      workflowRunId: `run-${orderId}`,
      principalId: 'key:model',
      fingerprint: orderId,
      customerId: 'cus_model',
      currency: 'GBP',
      totalMinor: lines.reduce((sum, line) => sum + line.quantity * line.unitPriceMinor, 0),
      lines,
      paymentMethod: 'card',
      shipTo: {
        name: 'Jane Doe',
        line1: '1 High Street',
        city: 'Leeds',
        postalCode: 'LS1 1UR',
        country: 'GB',
      },
      contact: { email: 'jane@example.com' },
    };
    if (plan.kind === 'short') {
      await orders.placeAndReject({ ...order, shortLines: plan.lines });
      return [];
    }
    const authorizationKey = paymentOperationKey(orderId, 'authorize');
    const outcome = await orders.placeAndReserve({
      ...order,
      allocations: plan.allocations,
      authorizationKey,
    });
    if (outcome !== 'reserved') throw new Error(`Nobody else takes from these shelves, and yet: ${outcome}`);
    return plan.allocations;
  }

  /** Calls the statement of a step. @returns what it answers; null from the steps that answer nothing */
  async take(orderId: string, step: Step): Promise<OrderChange | null> {
    const { orders } = this.#repositories;
    const order = this.#reference(orderId);
    const key = (kind: 'authorize' | 'capture') => paymentOperationKey(orderId, kind);
    const answered = (operationKey: string) => ({
      ...order,
      operationKey,
      providerReference: `po-${operationKey}`,
    });
    switch (step.kind) {
      case 'authorize':
        return orders.recordAuthorized({
          ...answered(key('authorize')),
          captureBefore: '2031-05-01T00:00:00.000Z',
        });
      case 'decline':
        return orders.recordDeclined({ ...answered(key('authorize')), declineReason: 'do_not_honor' });
      case 'book':
        return this.#book(order);
      case 'capture': {
        const { totals } = await this.order(orderId);
        return orders.recordCaptured({ ...answered(key('capture')), amountMinor: totals.total.amountMinor });
      }
      case 'ship':
        return orders.recordShipped({ ...order, shipmentId: await this.#parcel(orderId, step.location) });
      case 'deliver':
        return orders.recordDelivered({ ...order, shipmentId: await this.#parcel(orderId, step.location) });
      case 'complete':
        return orders.recordCompleted(order);
      case 'stopParcel':
        return this.#stopParcel(order, await this.#parcel(orderId, step.location));
      case 'startCancelling':
        return orders.startCancelling({ ...order, reason: 'customer_request' });
      case 'void':
        return this.#void(order);
      case 'release':
        return orders.releaseReservations(order);
      case 'reject':
        return orders.recordRejected({
          ...order,
          rejection: {
            code: 'PAYMENT_DECLINED',
            message: 'The payment was declined',
            declineReason: 'do_not_honor',
          },
        });
      case 'cancelled':
        return orders.recordCancelled(order);
      case 'settleRefund': {
        const { refundId } = step;
        const answer = { ...answered(refundOperationKey(refundId)), refundId };
        return step.state === 'succeeded'
          ? orders.recordRefunded(answer)
          : orders.recordRefundFailed({ ...answer, failureCode: 'account_closed' });
      }
    }
  }

  /** @returns `started`, or why not */
  async startRefund(orderId: string, { refundId, by, restock }: RefundWish): Promise<string> {
    const outcome = await this.#repositories.orders.startRefund({
      ...this.#reference(orderId),
      refundId,
      by:
        by === 'remainder'
          ? { remainder: true }
          : 'amountMinor' in by
            ? by
            : { lines: [...by.quantities].map(([lineId, quantity]) => ({ lineId, quantity })) },
      reason: 'damaged',
      restock,
      actor: 'model',
    });
    return outcome.kind === 'refused' ? outcome.reason : outcome.kind;
  }

  #reference(orderId: string): OrderRef {
    return { orderId, cause: { correlationId: `req-${orderId}`, causationId: `req-${orderId}` } };
  }

  async #parcel(orderId: string, location: string): Promise<string> {
    const { shipments: plans } = await this.#repositories.orders.readFulfilment(orderId);
    const plan = plans.find(({ locationId }) => locationId === location);
    if (plan === undefined) throw new Error(`${orderId} has no parcel from ${location}`);
    return plan.shipmentId;
  }

  async #book(order: OrderRef): Promise<OrderChange> {
    const { shipments: plans } = await this.#repositories.orders.readFulfilment(order.orderId);
    const shipments = plans.map(({ shipmentId, bookingAttempt }) => ({
      shipmentId,
      bookingAttempt,
      carrier: 'Parcel & Co',
      trackingNumber: `TRK-${shipmentId}`,
      carrierReference: `cb-${shipmentId}`,
      labelUrl: `http://carrier.example/${shipmentId}.pdf`,
    }));
    const captureKey = paymentOperationKey(order.orderId, 'capture');
    return this.#repositories.orders.recordBooked({ ...order, shipments, captureKey });
  }

  async #stopParcel(order: OrderRef, shipmentId: string): Promise<null> {
    const { orders } = this.#repositories;
    const key = bookingCancelOperationKey(shipmentId);
    await orders.planOperation({
      orderId: order.orderId,
      key,
      kind: 'cancel_booking',
      subjectId: shipmentId,
    });
    const carrierReference = `cb-${shipmentId}`;
    const cancelled = { ...order, shipmentId, bookingAttempt: 1, operationKey: key, carrierReference };
    await orders.recordBookingCancelled(cancelled);
    return null;
  }

  /** As the activity does it: the void, and that what was not answered until then never will be. */
  async #void(order: OrderRef): Promise<OrderChange> {
    const { orders } = this.#repositories;
    const { orderId } = order;
    const operationKey = paymentOperationKey(orderId, 'void');
    await orders.planOperation({ orderId, key: operationKey, kind: 'void', subjectId: null });
    const change = await orders.recordVoided({
      ...order,
      operationKey,
      providerReference: `po-${operationKey}`,
    });
    for (const kind of ['authorize', 'capture'] as const)
      await orders.settleNotNeeded({ orderId, key: paymentOperationKey(orderId, kind) });
    return change;
  }
}
