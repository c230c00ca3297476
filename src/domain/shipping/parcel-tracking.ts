/**
 * What the carrier has said of an order's parcels, in whatever order and however often it said it. Pure: it only ever moves
 * forward, so a repetition and a late message change nothing.
 */
import { shipmentId } from '../ids.ts';

export type ParcelStatus = 'shipped' | 'delivered';

/** A step forward of one parcel that is known but not written down yet. */
export interface ParcelChange {
  readonly shipmentId: string;
  readonly status: ParcelStatus;
  /** The carrier's message that told it. */
  readonly messageId: string;
}

const RANK: Readonly<Record<ParcelStatus, number>> = { shipped: 1, delivered: 2 };

export class ParcelTracking {
  readonly #orderId: string;
  /** The furthest that the carrier told, by shipment. */
  readonly #told = new Map<string, { readonly rank: number; readonly messageId: string }>();
  readonly #recorded = new Map<string, number>();
  #expected: readonly string[] = [];

  constructor(orderId: string) {
    this.#orderId = orderId;
  }

  /** The parcels that were booked. Messages that came before are kept. */
  expect(shipmentIds: readonly string[]): void {
    this.#expected = shipmentIds;
  }

  /** Takes a message. @returns false when it changes nothing: repeated, late, or about a parcel of another order */
  tell(change: ParcelChange): boolean {
    const rank = RANK[change.status];
    if (!this.#mayBeOurs(change.shipmentId)) return false;
    if ((this.#told.get(change.shipmentId)?.rank ?? 0) >= rank) return false;
    this.#told.set(change.shipmentId, { rank, messageId: change.messageId });
    return true;
  }

  /**
   * The next thing to write down on the way to `goal`, or null. A parcel that was told to have arrived was handed over
   * before, also when nobody said so.
   */
  nextChange(goal: ParcelStatus): ParcelChange | null {
    for (const parcel of this.#expected) {
      const told = this.#told.get(parcel);
      const recorded = this.#recorded.get(parcel) ?? 0;
      if (told === undefined || told.rank <= recorded || recorded >= RANK[goal]) continue;
      const status = recorded === 0 ? 'shipped' : 'delivered';
      return { shipmentId: parcel, status, messageId: told.messageId };
    }
    return null;
  }

  /** A change has been written down. */
  record(change: ParcelChange): void {
    this.#recorded.set(change.shipmentId, RANK[change.status]);
  }

  /** Whether a parcel is written down as handed over. */
  get hasLeft(): boolean {
    return this.#recorded.size > 0;
  }

  /** Whether every parcel is written down as being at `goal` or further. */
  isComplete(goal: ParcelStatus): boolean {
    return this.#expected.every((parcel) => (this.#recorded.get(parcel) ?? 0) >= RANK[goal]);
  }

  #mayBeOurs(shipment: string): boolean {
    const prefix = shipmentId(this.#orderId, 0).slice(0, -1);
    return shipment.startsWith(prefix) && /^[1-9]\d{0,3}$/.test(shipment.slice(prefix.length));
  }
}
