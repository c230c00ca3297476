/** The catalogue's items with their prices, and what lies on which shelf. All may reject with DatabaseUnavailableError. */
import type { Money } from '../../src/domain/money.ts';
import type { FinalAnswer } from './access.repository.ts';

export interface Item {
  readonly sku: string;
  readonly name: string;
  readonly prices: readonly Money[];
  readonly weightGrams: number;
  readonly active: boolean;
}

/** What a customer who asks for an item now can have. */
export interface Offer {
  readonly sku: string;
  readonly active: boolean;
  /** Null when it has no price in the currency asked for. */
  readonly unitPriceMinor: number | null;
  /** On hand and not reserved, over all locations, at the moment of the question. */
  readonly available: number;
  /** The open waiting rooms that guard it: a ticket of any of them is needed. Nearly always empty. */
  readonly waitingRoomIds: readonly string[];
}

export interface InventoryView {
  readonly sku: string;
  readonly onHand: number;
  readonly reserved: number;
  readonly available: number;
  readonly locations: readonly {
    readonly locationId: string;
    readonly onHand: number;
    readonly reserved: number;
    readonly available: number;
  }[];
}

export interface Adjustment {
  /** Derived from the request, so that a repetition arrives at the same one. */
  readonly adjustmentId: string;
  readonly sku: string;
  readonly locationId: string;
  /** Signed. */
  readonly quantity: number;
  readonly reason: string;
  readonly actor: string;
}

export interface InventoryRepository {
  /**
   * Items by sku with the price in one currency, the units that are free, and the waiting rooms that guard them; unknown ones
   * are missing from the answer.
   */
  readOffers(skus: readonly string[], currency: string): Promise<readonly Offer[]>;
  /** Creates or replaces an item and all its prices, in one statement. */
  putItem(item: Item): Promise<Item>;
  /**
   * As {@link InventoryRepository.putItem} for a request with an Idempotency-Key: the item and the answer in one statement,
   * so that a repetition after a crash does not undo what others have put meanwhile. Nothing when the attempt was overtaken.
   */
  putItemOnce(item: Item, ended: FinalAnswer): Promise<void>;
  findItem(sku: string): Promise<Item | null>;
  /** Null for an unknown item; locations that never held it are listed with zeros. */
  findInventory(sku: string): Promise<InventoryView | null>;
  /**
   * Changes on_hand and writes the movement. Idempotent by adjustmentId.
   * `refused` when it would take more than is on hand and not reserved.
   */
  adjust(
    adjustment: Adjustment,
  ): Promise<
    | { readonly kind: 'adjusted' | 'refused'; readonly inventory: InventoryView }
    | { readonly kind: 'unknown_item' | 'unknown_location' }
  >;
  listLocations(): Promise<readonly { readonly id: string; readonly name: string }[]>;
}
