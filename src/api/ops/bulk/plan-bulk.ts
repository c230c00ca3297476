/** What a bulk would mean: its orders by one statement, and the plan of each by the same rules as of a single action. */
import type { MeantOrder } from '../../../../db/repositories/bulk-actions.repository.ts';
import { CatalogueError } from '../../../domain/errors.ts';
import { planAction, type ActionPlan } from '../../../domain/operations/action-plan.ts';
import { isPossibleIn, type ActionRefusal } from '../../../domain/operations/actions.ts';
import {
  addToTally,
  bulkNeedsSecondPerson,
  countedMinor,
  EMPTY_TALLY,
  isLargeOrder,
  requestOfBulk,
  type BulkRequest,
  type BulkTally,
} from '../../../domain/operations/bulk-action.ts';
import type { Money } from '../../../domain/money.ts';
import type { OrderStatus } from '../../../domain/orders/order-status.ts';
import type { ApiDependencies } from '../../dependencies.ts';
import { orderSetId } from '../../http/derived-id.ts';
import { invalidRequest } from '../../http/errors.ts';
import { bulkNotPossible } from './bulk-errors.ts';
import { requestOfBody, selectionOf, type StartBulkBody } from './start-bulk.schema.ts';

/** Orders whose rows one statement reads. */
const PAGE = 250;
/** Pages that are read at once: each is a statement, and others want the database too. */
const PAGES_AT_ONCE = 2;
const FIRST_SHOWN = 20;
const MOST_NAMED_IN_ERROR = 20;

export interface PlannedOrder {
  readonly orderId: string;
  readonly status: OrderStatus;
  readonly total: Money | null;
  readonly why: ActionRefusal | null;
}

export interface PlannedBulk {
  readonly request: BulkRequest;
  readonly orders: readonly { readonly orderId: string; readonly amountMinor: number | null }[];
  readonly tally: BulkTally;
  readonly needsSecondPerson: boolean;
  readonly perSecond: number;
  /** Of its orders, whatever order they stand in. */
  readonly set: string;
  readonly first: readonly PlannedOrder[];
}

interface Judged extends PlannedOrder {
  readonly amountMinor: number | null;
  readonly plan: ActionPlan;
  readonly isLarge: boolean;
}

/**
 * @throws CatalogueError BULK_TOO_LARGE; BULK_NOT_POSSIBLE when it means no order, or others than `expectedSet`; INVALID_REQUEST
 *   naming orders that there are not, or a rate that is not allowed
 */
export async function planBulk(body: StartBulkBody, dependencies: ApiDependencies): Promise<PlannedBulk> {
  const { environment } = dependencies;
  const perSecond = allowedRate(body, environment.BULK_MOST_PER_SECOND);
  const meant = await ordersMeant(body, dependencies);
  const set = orderSetId(meant.map(({ orderId }) => orderId));
  if (body.expectedSet !== undefined && body.expectedSet !== set) throw bulkNotPossible('set_changed');
  const request = requestOfBody(body);
  const judged = await judgeAll(request, meant, dependencies);
  const tally = judged.reduce((sum, { plan, isLarge }) => addToTally(sum, plan, isLarge), EMPTY_TALLY);
  return {
    request,
    orders: judged.map(({ orderId, amountMinor }) => ({ orderId, amountMinor })),
    tally,
    needsSecondPerson: bulkNeedsSecondPerson(tally, environment.APPROVAL_LIMIT_MINOR),
    perSecond,
    set,
    first: judged
      .slice(0, FIRST_SHOWN)
      .map(({ orderId, status, total, why }) => ({ orderId, status, total, why })),
  };
}

function allowedRate({ perSecond }: StartBulkBody, most: number): number {
  if (perSecond === undefined) return most;
  if (perSecond > most)
    throw invalidRequest({
      pointer: '/perSecond',
      message: `must be ${most} at most (BULK_MOST_PER_SECOND)`,
    });
  return perSecond;
}

async function ordersMeant(
  body: StartBulkBody,
  { repositories, environment }: ApiDependencies,
): Promise<readonly MeantOrder[]> {
  const { BULK_MOST_ORDERS: most } = environment;
  const selection = selectionOf(body);
  if (selection === null) return ordersNamed(body.orderIds ?? [], most, repositories);
  const meant = await repositories.bulkActions.select(selection, most + 1);
  if (meant.length > most) throw tooMany(most);
  if (meant.length === 0) throw bulkNotPossible('nothing_selected');
  return meant;
}

async function ordersNamed(
  orderIds: readonly string[],
  most: number,
  { bulkActions }: ApiDependencies['repositories'],
): Promise<readonly MeantOrder[]> {
  if (orderIds.length > most) throw tooMany(most);
  const meant = await bulkActions.selectNamed(orderIds);
  if (meant.length === orderIds.length) return meant;
  const found = new Set(meant.map(({ orderId }) => orderId));
  const fieldErrors = orderIds.flatMap((orderId, index) =>
    found.has(orderId) ? [] : [{ pointer: `/orderIds/${index}`, message: 'there is no order with this id' }],
  );
  throw invalidRequest(...fieldErrors.slice(0, MOST_NAMED_IN_ERROR));
}

function tooMany(most: number): CatalogueError {
  return new CatalogueError(
    'BULK_TOO_LARGE',
    `More than ${most} orders are meant. Narrow it: fewer statuses, a shorter time between createdAfter and createdBefore, one ` +
      'customer, one item, or a range of totals; and start a bulk for each part.',
    { extensions: { mostOrders: most } },
  );
}

/** In the order in which they were meant. What the status alone rules out is not read. */
async function judgeAll(
  request: BulkRequest,
  meant: readonly MeantOrder[],
  dependencies: ApiDependencies,
): Promise<readonly Judged[]> {
  const judged = new Map<string, Judged>();
  for (const order of meant)
    if (!isPossibleIn(request.action, order.status)) judged.set(order.orderId, ruledOut(order));
  const open = meant.map(({ orderId }) => orderId).filter((orderId) => !judged.has(orderId));
  const pages: string[][] = [];
  for (let from = 0; from < open.length; from += PAGE) pages.push(open.slice(from, from + PAGE));
  const readNext = async (): Promise<void> => {
    for (let page = pages.shift(); page !== undefined; page = pages.shift())
      for (const one of await judgePage(request, page, dependencies)) judged.set(one.orderId, one);
  };
  await Promise.all(Array.from({ length: PAGES_AT_ONCE }, readNext));
  return meant.flatMap(({ orderId }) => judged.get(orderId) ?? []);
}

function ruledOut({ orderId, status }: MeantOrder): Judged {
  const plan: ActionPlan = { kind: 'refused', why: 'status', possible: [] };
  return { orderId, status, total: null, why: 'status', amountMinor: null, plan, isLarge: false };
}

async function judgePage(
  request: BulkRequest,
  orderIds: readonly string[],
  { repositories, environment }: ApiDependencies,
): Promise<readonly Judged[]> {
  const page = await repositories.bulkActions.readForPlanning(orderIds);
  return page.map(({ order, facts }) => {
    const amountMinor = countedMinor(request, order);
    const single = requestOfBulk(request, amountMinor);
    // A refund of nothing is planned as one of all that is left, which says why nothing is.
    const plan = planAction(single ?? { action: 'refund', by: { full: true }, restock: false }, order, facts);
    return {
      orderId: order.id,
      status: order.status,
      total: order.totals.total,
      why: plan.kind === 'refused' ? plan.why : null,
      amountMinor: plan.kind === 'refused' ? null : amountMinor,
      plan,
      isLarge:
        plan.kind === 'planned' && isLargeOrder(single, order, facts, environment.APPROVAL_LIMIT_MINOR),
    };
  });
}
