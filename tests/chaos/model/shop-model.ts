/**
 * What a shop must do, in a few maps: shelves, money and the life of each order. It knows no database, no provider and no
 * time, and stands apart from the code that it is held against: a rule that is wrong there is not wrong here as well.
 *
 * Every method changes the model and answers what the real shop must answer.
 */
export interface ModelLine {
  readonly lineId: string;
  readonly sku: string;
  readonly quantity: number;
  readonly unitPriceMinor: number;
}

/** So much of a line that is taken from one location. */
interface Held {
  readonly lineId: string;
  readonly sku: string;
  readonly location: string;
  readonly quantity: number;
  state: 'open' | 'committed' | 'released';
  restocked: number;
}

export interface ModelRefund {
  readonly amountMinor: number;
  readonly quantities: ReadonlyMap<string, number>;
  readonly restock: boolean;
  state: 'pending' | 'succeeded' | 'failed';
}

export interface ModelOrder {
  readonly id: string;
  readonly lines: readonly ModelLine[];
  readonly held: readonly Held[];
  readonly parcels: Map<string, 'pending' | 'booked' | 'shipped' | 'delivered' | 'cancelled'>;
  readonly refunds: Map<string, ModelRefund>;
  readonly refundedQuantities: Map<string, number>;
  status: string;
  paymentStatus: string;
  /** Whether the provider still owes an answer to the authorization, or the capture. */
  authorizationIsPending: boolean;
  captureIsPending: boolean;
  /** Somebody asked to cancel, and the carrier is being asked to stop the parcels. */
  isGivenUp: boolean;
  isVoided: boolean;
  capturedMinor: number;
}

export interface RefundWish {
  readonly refundId: string;
  readonly by:
    { readonly amountMinor: number } | { readonly quantities: ReadonlyMap<string, number> } | 'remainder';
  readonly restock: boolean;
}

const LEFT = ['shipped', 'delivered', 'completed'];

export function totalMinor(lines: readonly ModelLine[]): number {
  return lines.reduce((sum, line) => sum + line.quantity * line.unitPriceMinor, 0);
}

function sumOfRefunds(order: ModelOrder, ...states: readonly ModelRefund['state'][]): number {
  return [...order.refunds.values()]
    .filter((refund) => states.includes(refund.state))
    .reduce((sum, refund) => sum + refund.amountMinor, 0);
}

export function refundedMinor(order: ModelOrder): number {
  return sumOfRefunds(order, 'succeeded');
}

/** What can still be given back: neither given nor promised. */
export function refundableMinor(order: ModelOrder): number {
  return order.capturedMinor - sumOfRefunds(order, 'succeeded', 'pending');
}

export class ShopModel {
  /** By `sku@location`. */
  readonly shelves = new Map<string, { onHand: number; reserved: number }>();
  readonly orders: ModelOrder[] = [];

  shelf(sku: string, location: string): { onHand: number; reserved: number } {
    const key = `${sku}@${location}`;
    const found = this.shelves.get(key) ?? { onHand: 0, reserved: 0 };
    this.shelves.set(key, found);
    return found;
  }

  free(sku: string): number {
    return [...this.shelves]
      .filter(([key]) => key.startsWith(`${sku}@`))
      .reduce((sum, [, { onHand, reserved }]) => sum + onHand - reserved, 0);
  }

  adjust(sku: string, location: string, quantity: number): 'adjusted' | 'refused' {
    const shelf = this.shelf(sku, location);
    if (shelf.onHand + quantity < shelf.reserved) return 'refused';
    shelf.onHand += quantity;
    return 'adjusted';
  }

  /** Whether everything is there; lines on the same item count together. */
  canReserve(lines: readonly ModelLine[]): boolean {
    return lines.every(
      ({ sku }) =>
        this.free(sku) >=
        lines.filter((line) => line.sku === sku).reduce((sum, line) => sum + line.quantity, 0),
    );
  }

  /** @param taken from where each line is taken; empty when not everything is there */
  place(
    id: string,
    lines: readonly ModelLine[],
    taken: readonly Pick<Held, 'lineId' | 'sku' | 'location' | 'quantity'>[],
  ): ModelOrder {
    const isReserved = this.canReserve(lines);
    const order: ModelOrder = {
      id,
      lines,
      held: isReserved ? taken.map((part) => ({ ...part, state: 'open', restocked: 0 })) : [],
      parcels: new Map(),
      refunds: new Map(),
      refundedQuantities: new Map(),
      status: isReserved ? 'reserved' : 'rejected',
      paymentStatus: 'none',
      authorizationIsPending: isReserved,
      captureIsPending: false,
      isGivenUp: false,
      isVoided: false,
      capturedMinor: 0,
    };
    for (const part of order.held) this.shelf(part.sku, part.location).reserved += part.quantity;
    this.orders.push(order);
    return order;
  }

  authorize(order: ModelOrder): void {
    if (!order.authorizationIsPending) return;
    order.authorizationIsPending = false;
    order.paymentStatus = 'authorized';
    if (order.status !== 'reserved') return;
    order.status = 'confirmed';
    for (const { location } of order.held) order.parcels.set(location, 'pending');
  }

  decline(order: ModelOrder): void {
    if (!order.authorizationIsPending) return;
    order.authorizationIsPending = false;
    order.paymentStatus = 'declined';
  }

  book(order: ModelOrder): void {
    if (order.status !== 'confirmed') return;
    order.status = 'fulfilling';
    order.captureIsPending = true;
    for (const location of order.parcels.keys()) order.parcels.set(location, 'booked');
  }

  capture(order: ModelOrder): void {
    if (!order.captureIsPending) return;
    order.captureIsPending = false;
    order.paymentStatus = 'captured';
    order.capturedMinor = totalMinor(order.lines);
  }

  ship(order: ModelOrder, location: string): void {
    if (order.status !== 'fulfilling' || order.parcels.get(location) !== 'booked') return;
    order.parcels.set(location, 'shipped');
    for (const part of order.held) {
      if (part.location !== location || part.state !== 'open') continue;
      part.state = 'committed';
      const shelf = this.shelf(part.sku, location);
      shelf.onHand -= part.quantity;
      shelf.reserved -= part.quantity;
    }
    if (![...order.parcels.values()].includes('booked')) order.status = 'shipped';
  }

  deliver(order: ModelOrder, location: string): void {
    if (!['fulfilling', 'shipped'].includes(order.status) || order.parcels.get(location) !== 'shipped')
      return;
    order.parcels.set(location, 'delivered');
    if ([...order.parcels.values()].every((state) => state === 'delivered')) order.status = 'delivered';
  }

  complete(order: ModelOrder): void {
    if (order.status === 'delivered') order.status = 'completed';
  }

  stopParcel(order: ModelOrder, location: string): void {
    const state = order.parcels.get(location);
    if (state === 'pending' || state === 'booked') order.parcels.set(location, 'cancelled');
  }

  startCancelling(order: ModelOrder): void {
    const hasLeft = [...order.parcels.values()].some((state) => state === 'shipped' || state === 'delivered');
    if (['reserved', 'confirmed', 'fulfilling'].includes(order.status) && !hasLeft)
      order.status = 'cancelling';
  }

  /** The money that is held is let go; what was not answered until then never will be. */
  void(order: ModelOrder): void {
    if (order.isVoided) return;
    order.isVoided = true;
    order.paymentStatus = 'voided';
    order.authorizationIsPending = false;
    order.captureIsPending = false;
  }

  release(order: ModelOrder): void {
    if (!['reserved', 'rejected', 'cancelling', 'cancelled'].includes(order.status)) return;
    for (const part of order.held) {
      if (part.state !== 'open') continue;
      part.state = 'released';
      this.shelf(part.sku, part.location).reserved -= part.quantity;
    }
  }

  reject(order: ModelOrder): void {
    if (order.status === 'reserved') order.status = 'rejected';
  }

  cancelled(order: ModelOrder): void {
    if (order.status !== 'cancelling') return;
    order.status = 'cancelled';
    for (const [location, state] of order.parcels)
      if (state === 'pending') order.parcels.set(location, 'cancelled');
  }

  startRefund(order: ModelOrder, wish: RefundWish): string {
    if (order.refunds.has(wish.refundId)) return 'started';
    const { by } = wish;
    const quantities = by !== 'remainder' && 'quantities' in by ? by.quantities : new Map<string, number>();
    const line = (lineId: string) => order.lines.find((each) => each.lineId === lineId);
    const asked = this.#asked(order, wish);
    if (by === 'remainder' && asked === 0) return 'nothing_to_refund';
    if (order.capturedMinor === 0) return 'not_captured';
    const isTooMany = ([lineId, quantity]: readonly [string, number]): boolean =>
      quantity > (line(lineId)?.quantity ?? 0) - (order.refundedQuantities.get(lineId) ?? 0);
    if ([...quantities].some(isTooMany)) return 'exceeds_line_quantity';
    if (wish.restock && quantities.size > 0 && !LEFT.includes(order.status)) return 'not_shipped';
    if (asked > refundableMinor(order)) return 'exceeds_captured';
    if (asked === 0) return 'nothing_to_refund';
    order.refunds.set(wish.refundId, {
      amountMinor: asked,
      quantities,
      restock: wish.restock,
      state: 'pending',
    });
    this.#countReturns(order, quantities, 1);
    return 'started';
  }

  #asked(order: ModelOrder, { by }: RefundWish): number {
    if (by === 'remainder') return refundableMinor(order);
    if ('amountMinor' in by) return by.amountMinor;
    return order.lines.reduce(
      (sum, { lineId, unitPriceMinor }) => sum + (by.quantities.get(lineId) ?? 0) * unitPriceMinor,
      0,
    );
  }

  #countReturns(order: ModelOrder, quantities: ReadonlyMap<string, number>, sign: 1 | -1): void {
    for (const [lineId, quantity] of quantities)
      order.refundedQuantities.set(lineId, (order.refundedQuantities.get(lineId) ?? 0) + sign * quantity);
  }

  settleRefund(order: ModelOrder, refundId: string, state: 'succeeded' | 'failed'): void {
    const refund = order.refunds.get(refundId);
    if (refund?.state !== 'pending') return;
    refund.state = state;
    if (state === 'failed') return this.#countReturns(order, refund.quantities, -1);
    order.paymentStatus = refundedMinor(order) === order.capturedMinor ? 'refunded' : 'partially_refunded';
    if (refund.restock) this.#restock(order, refund.quantities);
  }

  /** Goods go back to the shelves that they left, the first location first. */
  #restock(order: ModelOrder, quantities: ReadonlyMap<string, number>): void {
    const byLocation = order.held.toSorted((one, other) => (one.location < other.location ? -1 : 1));
    for (const [lineId, quantity] of quantities) {
      let left = quantity;
      for (const part of byLocation) {
        if (part.lineId !== lineId || part.state !== 'committed') continue;
        const back = Math.min(left, part.quantity - part.restocked);
        part.restocked += back;
        this.shelf(part.sku, part.location).onHand += back;
        left -= back;
      }
    }
  }
}
