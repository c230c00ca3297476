/**
 * What a bulk needs of the mechanism by which people act upon orders.
 *
 * Owns: nothing of an order. Safe to repeat: everything has an id that follows from the action's.
 */
import type { BulkRequest } from '../../domain/operations/bulk-action.ts';

/** An order of a bulk, and the action that it gets. */
export interface DeskTask {
  readonly bulkId: string;
  readonly orderId: string;
  readonly actionId: string;
  readonly request: BulkRequest;
  /** What is given back, minor units, fixed when the bulk was asked for; null where nothing is. */
  readonly amountMinor: number | null;
  /** Who asked for the bulk, and how. */
  readonly actor: string;
  readonly role: string;
  readonly reason: string;
  readonly requestId: string;
  /** SHA-256 of the Idempotency-Key, hex. */
  readonly keyDigest: string;
}

export interface DeskOutcome {
  /** `failed`: it was tried, and another company refused. */
  readonly outcome: 'done' | 'refused' | 'failed';
  /** The code of a refusal; null otherwise. */
  readonly why: string | null;
}

export interface OperatorDeskPort {
  /**
   * Takes one order through the mechanism of single actions.
   * @returns null while nobody can say what became of it; ask again
   * @throws CatalogueError UNAVAILABLE when the order could not be asked. May reject with DatabaseUnavailableError.
   */
  act(task: DeskTask): Promise<DeskOutcome | null>;
}
