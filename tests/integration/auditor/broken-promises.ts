/** How each promise is broken, one at a time, so that one check has to notice and no other. */
import type { AuditOptions } from '../../../src/auditor/audit.ts';
import type { ChangeList, Orders } from './audited-shop.ts';
import { BROKEN_MONEY } from './broken-money.ts';
import { BROKEN_ORDERS } from './broken-orders.ts';
import { BROKEN_SCREENING } from './broken-screening.ts';
import { BROKEN_STOCK } from './broken-stock.ts';

export interface Scene {
  readonly orders: Orders;
  readonly skus: readonly [string, string];
}

export interface BrokenPromise {
  /** The name of the check that has to notice. */
  readonly check: string;
  /** What was done, as the end of "notices …". */
  readonly what: string;
  /** Statements of a superuser upon a copy of the database. */
  readonly statements?: (scene: Scene) => readonly string[];
  /** What the payment provider, or the carrier, lists instead. */
  readonly payments?: (scene: Scene) => ChangeList;
  readonly carrier?: (scene: Scene) => ChangeList;
  readonly options?: Partial<AuditOptions>;
}

export const BROKEN_PROMISES: readonly BrokenPromise[] = [
  ...BROKEN_STOCK,
  ...BROKEN_MONEY,
  ...BROKEN_ORDERS,
  ...BROKEN_SCREENING,
];
