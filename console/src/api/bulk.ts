/** What the API answers about the same action upon many orders. */
import type { BulkActionName, BulkState, BulkStep } from '../../../src/domain/operations/bulk-action.ts';
import type { Money } from '../../../src/domain/money.ts';
import type { OrderStatus } from '../../../src/domain/orders/order-status.ts';
import type { Page } from './types.ts';

export type { BulkActionName, BulkState, BulkStep };

/** The name of every way to steer a bulk is the end of its address. */
export type BulkCommand = 'pause' | 'resume' | 'stop';

export interface RefusedOrders {
  readonly why: string;
  readonly detail: string;
  readonly orders: number;
}

export interface BulkMoney {
  readonly kind: 'refund' | 'void' | 'stated';
  readonly amount: Money;
}

/** What a bulk would do now. */
export interface PlannedBulk {
  readonly orders: number;
  readonly possible: number;
  readonly refused: readonly RefusedOrders[];
  readonly money: readonly BulkMoney[];
  readonly unitsFreed: number;
  readonly mails: number;
  readonly needsSecondPerson: boolean;
  readonly perSecond: number;
  readonly takesSeconds: number;
  /** Names these orders and no others. */
  readonly set: string;
  readonly first: readonly {
    readonly orderId: string;
    readonly status: OrderStatus;
    readonly total: Money | null;
    readonly possible: boolean;
    readonly why: string | null;
  }[];
}

export interface Bulk {
  readonly id: string;
  readonly action: BulkActionName;
  readonly state: BulkState;
  readonly actor: string;
  readonly role: string;
  readonly reason: string;
  /** Null when the orders were named one by one. */
  readonly filter: Readonly<Record<string, unknown>> | null;
  readonly perSecond: number;
  readonly orders: number;
  readonly money: readonly BulkMoney[];
  readonly askedAt: string;
  readonly progress: {
    readonly done: number;
    readonly refused: number;
    readonly failed: number;
    readonly left: number;
    readonly refusedBy: readonly RefusedOrders[];
    readonly ratePerSecond: number;
    readonly expectedEndAt: string | null;
  };
  readonly steps: readonly {
    readonly step: BulkStep;
    readonly actor: string;
    readonly detail: string;
    readonly at: string;
  }[];
}

/** An order of a bulk that was refused, or that failed. */
export interface NotDoneOrder {
  readonly orderId: string;
  readonly outcome: 'refused' | 'failed';
  readonly detail: string;
  readonly at: string;
}

export interface BulkWithOrders extends Bulk {
  readonly notDone: Page<NotDoneOrder>;
}
