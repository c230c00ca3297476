/**
 * How the rest of the house speaks with the workflow of a bulk: an action of an operator upon many orders. Its id is the id of the
 * bulk. Only types and constants, so that the API can import it without pulling workflow code in.
 */
import type { BulkProgress, BulkRefusal } from '../../domain/operations/bulk-action.ts';

export const BULK_ACTION_WORKFLOW = 'bulkAction';

export interface BulkActionInput {
  readonly bulkId: string;
  /** How many orders it has, at the positions from 1 on. */
  readonly orders: number;
  readonly perSecond: number;
  /** How many orders one run begins with before another one goes on. */
  readonly ordersPerRun: number;
  /** Who asked for it: its steps are theirs. */
  readonly actor: string;
  readonly role: string;
  /** Where the run before has come to; absent in the first one. */
  readonly before?: BulkStanding;
}

/** What has come of the orders so far, as numbers. */
export interface BulkStanding {
  /** The first position that no run has begun with. */
  readonly next: number;
  /** Positions that were begun with and have not come to an end. */
  readonly open: readonly number[];
  readonly done: number;
  readonly failed: number;
  readonly refusedBy: Readonly<Record<string, number>>;
  readonly isPaused: boolean;
  readonly isStopping: boolean;
}

export interface BulkActionResult {
  readonly end: 'finished' | 'stopped';
  readonly done: number;
  readonly refused: number;
  readonly failed: number;
  readonly left: number;
}

/** Update: resolves when it is written down. Its update id is derived from the Idempotency-Key. */
export const STEER_BULK_UPDATE = 'steerBulk';
export const BULK_COMMANDS = ['pause', 'resume', 'stop'] as const;
export type BulkCommand = (typeof BULK_COMMANDS)[number];
export interface SteerBulkInput {
  /** `cmd_…` */
  readonly commandId: string;
  readonly command: BulkCommand;
  readonly actor: string;
  readonly role: string;
  readonly reason: string;
}
export type SteerBulkResult =
  | { readonly kind: 'taken' }
  | {
      readonly kind: 'refused';
      readonly why: Extract<BulkRefusal, 'paused_already' | 'not_paused' | 'stopping'>;
    };

/** Query: how far it is, in the workflow's own words. */
export const BULK_PROGRESS_QUERY = 'bulkProgress';
export interface BulkWorkflowProgress extends BulkProgress {
  readonly state: 'running' | 'paused' | 'stopping';
  /** Begun with, and not at an end. */
  readonly underWay: number;
}
