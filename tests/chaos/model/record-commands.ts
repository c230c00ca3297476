/** What can be done to a shop at its records, as commands that fast-check puts into sequences and makes shorter. */
import { deepStrictEqual as mustEqual } from 'node:assert/strict';
import * as fc from 'fast-check';
import type { OrderChange } from '../../../db/repositories/orders.repository.ts';
import { Command } from './command.ts';
import { LOCATIONS, type RecordShop, type Step } from './record-shop.ts';
import {
  refundableMinor,
  refundedMinor,
  type ModelLine,
  type ModelOrder,
  type RefundWish,
  type ShopModel,
} from './shop-model.ts';

export type RecordCommand = fc.AsyncCommand<ShopModel, Session>;

/** The real shop, and what has been done to it, so that it can be done again. */
export class Session {
  readonly shop: RecordShop;
  readonly done: { readonly order: ModelOrder; readonly step: Step }[] = [];
  readonly adjustments: (readonly [id: string, sku: string, location: string, quantity: number])[] = [];
  readonly versions = new Map<string, number>();
  #count = 0;

  constructor(shop: RecordShop) {
    this.shop = shop;
  }

  id(prefix: string): string {
    this.#count += 1;
    return `${prefix}_${this.shop.name}_${this.#count}`;
  }
}

export const PRICES_MINOR = [250, 333] as const;

/** The steps that come next in the life of an order: what the workflow, the carrier or the provider does of itself. */
export function nextSteps(order: ModelOrder): Step[] {
  const parcels = [...order.parcels];
  const at = (state: string) =>
    parcels.filter(([, parcel]) => parcel === state).map(([location]) => location);
  const isPaid = order.capturedMinor > 0;
  if (order.isGivenUp) return nextUndos(order);
  switch (order.status) {
    case 'reserved':
      if (order.authorizationIsPending)
        return [...Array.from({ length: 5 }, (): Step => ({ kind: 'authorize' })), { kind: 'decline' }];
      return order.held.some(({ state }) => state === 'open') ? [{ kind: 'release' }] : [{ kind: 'reject' }];
    case 'confirmed':
      return [{ kind: 'book' }];
    case 'fulfilling':
      if (!isPaid) return [{ kind: 'capture' }];
      return [
        ...at('booked').map((location): Step => ({ kind: 'ship', location })),
        ...at('shipped').map((location): Step => ({ kind: 'deliver', location })),
      ];
    case 'shipped':
      return at('shipped').map((location): Step => ({ kind: 'deliver', location }));
    case 'delivered':
      return [{ kind: 'complete' }];
    default:
      return [];
  }
}

/** The parcels first, as only the carrier knows whether it is too late; then the newest first. */
function nextUndos(order: ModelOrder): Step[] {
  const parcel = [...order.parcels].find(([, state]) => state === 'booked');
  if (parcel !== undefined) return [{ kind: 'stopParcel', location: parcel[0] }];
  if (order.status !== 'cancelling') return order.status === 'cancelled' ? [] : [{ kind: 'startCancelling' }];
  const pending = [...order.refunds].find(([, refund]) => refund.state === 'pending');
  if (pending !== undefined) {
    const [refundId] = pending;
    const settle = (state: 'succeeded' | 'failed'): Step => ({ kind: 'settleRefund', refundId, state });
    return [settle('succeeded'), settle('succeeded'), settle('failed')];
  }
  // The command that gives back what is left comes first.
  if (refundableMinor(order) > 0) return [];
  if (order.capturedMinor === 0 && !order.isVoided) return [{ kind: 'void' }];
  if (order.held.some(({ state }) => state === 'open')) return [{ kind: 'release' }];
  return [{ kind: 'cancelled' }];
}

/** Steps that come too late or too early, which must change nothing. */
function misplacedSteps(order: ModelOrder): Step[] {
  const locations = [...order.parcels];
  const late = (isOut: boolean, step: Step): Step[] => (isOut ? [step] : []);
  return [
    ...late(!order.authorizationIsPending, { kind: 'authorize' }),
    ...late(!order.authorizationIsPending, { kind: 'decline' }),
    ...late(order.status !== 'confirmed' && locations.length > 0, { kind: 'book' }),
    ...late(!order.captureIsPending, { kind: 'capture' }),
    ...late(order.status !== 'delivered', { kind: 'complete' }),
    ...late(order.status !== 'reserved', { kind: 'reject' }),
    ...late(order.status !== 'cancelling', { kind: 'cancelled' }),
    ...late(!['reserved', 'confirmed', 'fulfilling'].includes(order.status), { kind: 'startCancelling' }),
    ...late(['confirmed', 'fulfilling', 'shipped', 'completed'].includes(order.status), { kind: 'release' }),
    ...locations.flatMap(([location, state]) => [
      ...late(state !== 'booked' || order.status !== 'fulfilling', { kind: 'ship', location }),
      ...late(state !== 'shipped', { kind: 'deliver', location }),
    ]),
  ];
}

function playInModel(model: ShopModel, order: ModelOrder, step: Step): void {
  switch (step.kind) {
    case 'ship':
    case 'deliver':
    case 'stopParcel':
      return model[step.kind](order, step.location);
    case 'settleRefund':
      return model.settleRefund(order, step.refundId, step.state);
    default:
      return model[step.kind](order);
  }
}

/** Takes a step in both worlds and compares what they say. */
async function takeStep(model: ShopModel, session: Session, order: ModelOrder, step: Step): Promise<void> {
  const before = JSON.stringify([order, [...order.parcels], [...order.refunds], [...model.shelves]]);
  playInModel(model, order, step);
  const isChanged =
    before !== JSON.stringify([order, [...order.parcels], [...order.refunds], [...model.shelves]]);
  const change = await session.shop.take(order.id, step);
  if (change === null) return;
  compareAnswer(session, order, change, isChanged);
}

function compareAnswer(session: Session, order: ModelOrder, change: OrderChange, isChanged: boolean): void {
  const { status, paymentStatus, version } = change;
  const known = session.versions.get(order.id) ?? 0;
  mustEqual(
    { status, paymentStatus, isNewVersion: version > known },
    { status: order.status, paymentStatus: order.paymentStatus, isNewVersion: isChanged },
  );
  session.versions.set(order.id, version);
}

async function remember(session: Session, orderId: string): Promise<void> {
  session.versions.set(orderId, (await session.shop.order(orderId)).version);
}

/** Everything that can be seen of the shop is as in the model. */
export async function compareAll(model: ShopModel, session: Session): Promise<void> {
  for (const order of model.orders) {
    const { status, paymentStatus, totals, shipments, refunds } = await session.shop.order(order.id);
    mustEqual(
      {
        status,
        paymentStatus,
        captured: totals.captured.amountMinor,
        refunded: totals.refunded.amountMinor,
        parcels: shipments.map((shipment) => [shipment.locationId, shipment.status]).sort(),
        refunds: refunds.map((refund) => [refund.id, refund.status, refund.amount.amountMinor]).sort(),
      },
      {
        status: order.status,
        paymentStatus: order.paymentStatus,
        captured: order.capturedMinor,
        refunded: refundedMinor(order),
        parcels: [...order.parcels].sort(),
        refunds: [...order.refunds].map(([id, refund]) => [id, refund.state, refund.amountMinor]).sort(),
      },
    );
  }
  for (const [number] of PRICES_MINOR.entries()) {
    const sku = session.shop.sku(number);
    const real = await session.shop.shelves(sku);
    for (const location of LOCATIONS)
      mustEqual(
        { sku, location, ...(real.get(`${sku}@${location}`) ?? { onHand: 0, reserved: 0 }) },
        { sku, location, ...model.shelf(sku, location) },
      );
  }
}

const at = <Item>(items: readonly Item[], choice: number): Item | undefined => items[choice % items.length];

function stepText(order: ModelOrder, step: Step): string {
  const { kind, ...rest } = step;
  return `${order.id}: ${[kind, ...Object.values(rest)].join(' ')}`;
}

const choice = fc.nat({ max: 1_000 });
const item = fc.constantFrom(0, 1);

const adjust = fc
  .tuple(
    item,
    fc.constantFrom(...LOCATIONS),
    fc.integer({ min: -4, max: 8 }).filter((quantity) => quantity !== 0),
  )
  .map(
    ([number, location, quantity]) =>
      new Command<ShopModel, Session>('adjust', async (model, session) => {
        const sku = session.shop.sku(number);
        const adjustment = [session.id('adj'), sku, location, quantity] as const;
        const answer = await session.shop.adjust(...adjustment);
        mustEqual(answer, model.adjust(sku, location, quantity));
        if (answer === 'adjusted') session.adjustments.push(adjustment);
        return `adjust ${sku} at ${location} by ${quantity}: ${answer}`;
      }),
  );

const place = fc.array(fc.tuple(item, fc.integer({ min: 1, max: 4 })), { minLength: 1, maxLength: 3 }).map(
  (wishes) =>
    new Command<ShopModel, Session>('place', async (model, session) => {
      const lines = wishes.map(([number, quantity], index): ModelLine => ({
        lineId: String(index + 1),
        sku: session.shop.sku(number),
        quantity,
        unitPriceMinor: PRICES_MINOR[number] ?? 0,
      }));
      const id = session.id('ord');
      const taken = await session.shop.place(id, lines);
      const parts = taken.map(({ locationId, ...part }) => ({ ...part, location: locationId }));
      const order = model.place(id, lines, parts);
      mustEqual(taken.length > 0, order.status === 'reserved');
      await remember(session, id);
      return `${id}: place ${lines.map((line) => `${line.quantity} × ${line.sku}`).join(', ')}: ${order.status}`;
    }),
);

const advance = fc.tuple(choice, choice).map(
  ([whose, which]) =>
    new Command<ShopModel, Session>('advance', async (model, session) => {
      const open = model.orders.filter((order) => nextSteps(order).length > 0);
      const order = at(open, whose);
      const step = order && at(nextSteps(order), which);
      if (order === undefined || step === undefined) return null;
      await takeStep(model, session, order, step);
      session.done.push({ order, step });
      return stepText(order, step);
    }),
);

/** What a worker does that was killed after the change and before it could say so. */
const repeat = choice.map(
  (which) =>
    new Command<ShopModel, Session>('repeat', async (model, session) => {
      const done = at(session.done, which);
      if (done === undefined) return null;
      await takeStep(model, session, done.order, done.step);
      return `again ${stepText(done.order, done.step)}`;
    }),
);

const repeatAdjustment = choice.map(
  (which) =>
    new Command<ShopModel, Session>('adjust again', async (_model, session) => {
      const adjustment = at(session.adjustments, which);
      if (adjustment === undefined) return null;
      await session.shop.adjust(...adjustment);
      return `adjust again ${adjustment.join(' ')}`;
    }),
);

/** A message that comes when its time is over, or not yet there. */
const misplace = fc.tuple(choice, choice).map(
  ([whose, which]) =>
    new Command<ShopModel, Session>('misplace', async (model, session) => {
      const order = at(model.orders, whose);
      const step = order && at(misplacedSteps(order), which);
      if (order === undefined || step === undefined) return null;
      await takeStep(model, session, order, step);
      return `out of place ${stepText(order, step)}`;
    }),
);

/** Somebody asks to cancel; the carrier is asked before anything else, and what was charged goes back. */
const cancel = choice.map(
  (whose) =>
    new Command<ShopModel, Session>('cancel', async (model, session) => {
      const possible = model.orders.filter(
        ({ status, parcels, isGivenUp, paymentStatus }) =>
          !isGivenUp &&
          ['reserved', 'confirmed', 'fulfilling'].includes(status) &&
          paymentStatus !== 'declined' &&
          ![...parcels.values()].some((state) => state === 'shipped' || state === 'delivered'),
      );
      const order = at(possible, whose);
      if (order === undefined) return null;
      order.isGivenUp = true;
      return `${order.id}: cancel (${session.shop.name})`;
    }),
);

/** The undo of a capture, which claims what is left. */
const giveBack = choice.map(
  (whose) =>
    new Command<ShopModel, Session>('give back', async (model, session) => {
      const order = at(
        model.orders.filter((each) => each.status === 'cancelling' && refundableMinor(each) > 0),
        whose,
      );
      if (order === undefined) return null;
      return askForRefund(model, session, order, {
        refundId: session.id('ref'),
        by: 'remainder',
        restock: false,
      });
    }),
);

const refund = fc
  .tuple(
    choice,
    fc.oneof(
      fc.integer({ min: 1, max: 1_500 }).map((amountMinor) => ({ amountMinor })),
      fc.array(fc.tuple(fc.constantFrom('1', '2'), fc.integer({ min: 1, max: 3 })), {
        minLength: 1,
        maxLength: 2,
      }),
    ),
    fc.boolean(),
  )
  .map(
    ([whose, by, restock]) =>
      new Command<ShopModel, Session>('refund', async (model, session) => {
        const paid = model.orders.filter(({ capturedMinor }) => capturedMinor > 0);
        const order = at(paid.length > 0 ? paid : model.orders, whose);
        if (order === undefined) return null;
        const quantities = new Map(
          Array.isArray(by)
            ? by.filter(([lineId]) => order.lines.some((line) => line.lineId === lineId))
            : [],
        );
        if (Array.isArray(by) && quantities.size === 0) return null;
        const wish = { refundId: session.id('ref'), by: Array.isArray(by) ? { quantities } : by, restock };
        return askForRefund(model, session, order, wish);
      }),
  );

function wishText({ by }: RefundWish): string {
  if (by === 'remainder') return 'what is left';
  if ('amountMinor' in by) return String(by.amountMinor);
  return [...by.quantities].map(([lineId, quantity]) => `${quantity} of line ${lineId}`).join(', ');
}

async function askForRefund(
  model: ShopModel,
  session: Session,
  order: ModelOrder,
  wish: RefundWish,
): Promise<string> {
  const answer = await session.shop.startRefund(order.id, wish);
  mustEqual(answer, model.startRefund(order, wish));
  await remember(session, order.id);
  return `${order.id}: ${wish.refundId} for ${wishText(wish)}${wish.restock ? ', restock' : ''}: ${answer}`;
}

const settleRefund = fc.tuple(choice, fc.constantFrom('succeeded', 'succeeded', 'failed')).map(
  ([which, state]) =>
    new Command<ShopModel, Session>('settle a refund', async (model, session) => {
      const pending = model.orders.flatMap((order) =>
        [...order.refunds]
          .filter(([, each]) => each.state === 'pending')
          .map(([refundId]) => ({ order, refundId })),
      );
      const found = at(pending, which);
      if (found === undefined) return null;
      const step = { kind: 'settleRefund', refundId: found.refundId, state } as const;
      await takeStep(model, session, found.order, step);
      session.done.push({ order: found.order, step });
      return stepText(found.order, step);
    }),
);

/** How often each comes. Steps that move orders on are the most frequent, so that sequences reach the later parts of a life. */
const WEIGHTS: readonly (readonly [number, fc.Arbitrary<RecordCommand>])[] = [
  [1, adjust],
  [3, place],
  [12, advance],
  [2, repeat],
  [1, repeatAdjustment],
  [2, misplace],
  [1, cancel],
  [2, giveBack],
  [3, refund],
  [3, settleRefund],
];
export const recordCommands = WEIGHTS.flatMap(([weight, command]) =>
  Array.from({ length: weight }, () => command),
);
