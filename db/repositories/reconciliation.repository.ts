/**
 * What providers list against what is recorded here: how far it has been compared, and every difference that was found.
 * Each method is one statement.
 *
 * Owns: reconciliation_breaks, reconciliation_cursors, and when a provider was seen to have an operation.
 * All may reject with DatabaseUnavailableError.
 */
import type {
  BreakKind,
  BreakState,
  FoundBreak,
  OperationRecord,
  ReconciledProvider,
} from '../../src/domain/reconciliation/break.ts';
import type {
  ListedOperation,
  RecordedOperation,
} from '../../src/domain/reconciliation/compare-operations.ts';
import type { Page } from './order-reads.repository.ts';

/** Pages of the provider's list, as it numbers them itself; null is the first. */
export interface ReconciliationCursors {
  /** Everything before this page has been compared. */
  readonly cursor: string | null;
  /** The page that is compared again next. */
  readonly sweepCursor: string | null;
}

/** A difference as it is stored. */
export interface ReconciliationBreak {
  readonly id: string;
  readonly provider: ReconciledProvider;
  readonly operationKey: string;
  readonly orderId: string | null;
  readonly kind: BreakKind;
  readonly ours: OperationRecord | null;
  readonly theirs: OperationRecord | null;
  readonly state: BreakState;
  readonly note: string | null;
  readonly actor: string | null;
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly settledAt: string | null;
}

export interface BreakFilter {
  readonly state?: BreakState | undefined;
  readonly orderId?: string | undefined;
  readonly limit: number;
  /** Opaque; from the page before. Newest first. @throws RangeError when it is not one that was given out */
  readonly cursor?: string | undefined;
}

/** An order whose attention does not tell whether it has an open break. */
export interface UntoldOrder {
  readonly orderId: string;
  readonly correlationId: string;
  readonly hasOpenBreak: boolean;
}

export interface ReconciliationRepository {
  readCursors(provider: ReconciledProvider): Promise<ReconciliationCursors>;
  writeCursors(provider: ReconciledProvider, cursors: ReconciliationCursors): Promise<void>;
  /** Those of these operations that are recorded here. */
  readOperations(keys: readonly string[]): Promise<readonly RecordedOperation[]>;
  /** Operations that have succeeded here for longer than the grace and that the provider was never seen to have. */
  listUnseen(
    provider: ReconciledProvider,
    graceMs: number,
    limit: number,
  ): Promise<readonly RecordedOperation[]>;
  /** Operations with a difference that is not settled, and what the provider said of each when it was last compared. */
  listUnsettled(
    provider: ReconciledProvider,
  ): Promise<readonly { readonly key: string; readonly known: ListedOperation | null }[]>;
  /**
   * Stores what a comparison of these operations has found: new differences are open, those that are there are seen again,
   * and those that are gone are settled. A settled one that comes back is open again.
   *
   * @param comparison.seenKeys those of the compared operations that the provider has
   * @returns the breaks that are open now and were not before
   */
  record(comparison: {
    readonly provider: ReconciledProvider;
    readonly comparedKeys: readonly string[];
    readonly seenKeys: readonly string[];
    readonly breaks: readonly FoundBreak[];
  }): Promise<readonly FoundBreak[]>;
  /** Orders that have an open break and do not say so, or the other way round. */
  listUntold(): Promise<readonly UntoldOrder[]>;

  list(filter: BreakFilter): Promise<Page<ReconciliationBreak>>;
  /**
   * A person says why it is there (`explained`), or that it is over (`settled`); a comparison that finds it again opens a
   * settled one. An explained one can be settled; a settled one stays as it is.
   *
   * @returns the break as it is now; null when there is none with this id
   */
  close(decision: {
    readonly id: string;
    readonly state: 'explained' | 'settled';
    readonly note: string;
    readonly actor: string;
  }): Promise<ReconciliationBreak | null>;
  /** For metrics. */
  countOpen(): Promise<readonly { readonly provider: ReconciledProvider; readonly open: number }[]>;
}
