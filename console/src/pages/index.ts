/** Every page of the console, in the order in which they are shown. */
import type { ComponentType } from 'preact';
import type { Route } from '../state/route.ts';
import { ActionsPage } from './actions.page.tsx';
import { ApprovalsPage } from './approvals.page.tsx';
import { AttentionPage } from './attention.page.tsx';
import { BulkPage } from './bulk.page.tsx';
import { DeadLettersPage } from './dead-letters.page.tsx';
import { InventoryPage } from './inventory.page.tsx';
import { JobsPage } from './jobs.page.tsx';
import { NowPage } from './now.page.tsx';
import { OrdersOrOrder } from './orders-or-order.tsx';
import { ReconciliationPage } from './reconciliation.page.tsx';
import { ReviewsPage } from './reviews.page.tsx';

export interface PageInfo {
  /** As in the address. */
  readonly name: string;
  readonly title: string;
  /** After `g` it leads here. */
  readonly key: string;
  /** Who has it not does not see the page; a service that does not know it has nothing for the page either. */
  readonly permission: string;
  /** What its number in the navigation counts. */
  readonly badge?: 'approvals';
  readonly Page: ComponentType<{ readonly route: Route }>;
}

export const PAGES: readonly PageInfo[] = [
  { name: 'now', title: 'Now', key: 'n', permission: 'now:read', Page: NowPage },
  { name: 'orders', title: 'Orders', key: 'o', permission: 'orders:read', Page: OrdersOrOrder },
  { name: 'attention', title: 'Attention', key: 'a', permission: 'attention:read', Page: AttentionPage },
  { name: 'reviews', title: 'Reviews', key: 'r', permission: 'reviews:read', Page: ReviewsPage },
  {
    name: 'approvals',
    title: 'Approvals',
    key: 'p',
    permission: 'actions:read',
    badge: 'approvals',
    Page: ApprovalsPage,
  },
  { name: 'actions', title: 'Actions', key: 't', permission: 'actions:read', Page: ActionsPage },
  { name: 'bulk', title: 'Bulk', key: 'b', permission: 'actions:read', Page: BulkPage },
  { name: 'inventory', title: 'Inventory', key: 'i', permission: 'inventory:read', Page: InventoryPage },
  {
    name: 'reconciliation',
    title: 'Reconciliation',
    key: 'c',
    permission: 'breaks:read',
    Page: ReconciliationPage,
  },
  {
    name: 'dead-letters',
    title: 'Dead letters',
    key: 'd',
    permission: 'messages:read',
    Page: DeadLettersPage,
  },
  { name: 'jobs', title: 'Jobs', key: 'j', permission: 'jobs:read', Page: JobsPage },
];
