/**
 * What an action would do to an order, or why it is not possible: the dry run. It is worked out from the rows alone, before
 * anybody is asked; what a workflow is doing at the moment only the workflow knows, and it refuses what comes too late.
 */
import { addMinor, type Money } from '../money.ts';
import type { MailTemplate } from '../orders/mail-template.ts';
import type { OrderView } from '../orders/order.ts';
import { ORDER_TRANSITIONS, type OrderStatus } from '../orders/order-status.ts';
import { isPaymentKind, type ProviderOperationKind } from '../payments/payment-operation.ts';
import { askedMinor, refundableMinor } from './action-money.ts';
import {
  ACTION_NAMES,
  isPossibleIn,
  type ActionName,
  type ActionRefusal,
  type ActionRequest,
} from './actions.ts';
import { readMoney } from './readable.ts';

/** What is read besides the order. */
export interface ActionFacts {
  readonly operations: readonly {
    readonly key: string;
    readonly kind: ProviderOperationKind;
    readonly isPending: boolean;
    readonly amount: Money | null;
  }[];
  readonly mails: readonly {
    readonly template: MailTemplate;
    readonly subjectId: string;
    readonly state: 'sending' | 'sent' | 'suppressed' | 'unknown';
  }[];
  /** What is free of the order's items, at every location. */
  readonly shelves: readonly {
    readonly locationId: string;
    readonly sku: string;
    readonly available: number;
  }[];
  /** Whether the last that was done about holding the order was to hold it. */
  readonly wasHeld: boolean;
}

/** Units that an order holds at a location, more or less than before. */
export interface StockChange {
  readonly sku: string;
  readonly locationId: string;
  /** Negative: given back to the shelf. */
  readonly reserved: number;
  /** Units that come back to the shelf from the customer. */
  readonly restocked: number;
}

/** Money that would move: back to the customer, let go where it is held, or only said to have moved. */
export interface MoneyChange {
  readonly kind: 'refund' | 'void' | 'stated';
  readonly amount: Money;
}

export type ActionPlan =
  | {
      readonly kind: 'planned';
      readonly stock: readonly StockChange[];
      readonly money: readonly MoneyChange[];
      readonly mails: readonly MailTemplate[];
      /** For people: each thing that would happen, in its order. */
      readonly sentences: readonly string[];
    }
  | {
      readonly kind: 'refused';
      readonly why: ActionRefusal;
      /** Adds what is known of this case to the sentence of `why`. */
      readonly more?: string;
      /** What an operator can do instead. */
      readonly possible: readonly ActionName[];
    };

type Planned = Extract<ActionPlan, { kind: 'planned' }>;
type Refused = Omit<Extract<ActionPlan, { kind: 'refused' }>, 'possible'>;
type Request<Action extends ActionName> = Extract<ActionRequest, { readonly action: Action }>;
type Plan = Planned | Refused;

const NOTHING: Omit<Planned, 'sentences'> = { kind: 'planned', stock: [], money: [], mails: [] };
const AFTER_BOOKING_ANEW =
  'What was booked before is cancelled. When the carrier takes the order it goes on; when it refuses again, it waits again.';
const RETURNABLE: readonly OrderStatus[] = [
  ORDER_TRANSITIONS.ship.to,
  ORDER_TRANSITIONS.deliver.to,
  ORDER_TRANSITIONS.complete.to,
];

function refuse(why: ActionRefusal, more?: string): Refused {
  return { kind: 'refused', why, ...(more === undefined ? {} : { more }) };
}

/** What would happen, or why nothing would. */
export function planAction(request: ActionRequest, order: OrderView, facts: ActionFacts): ActionPlan {
  const plan = isPossibleIn(request.action, order.status)
    ? planOf(request, order, facts)
    : refuse('status', `It is ${order.status}.`);
  return plan.kind === 'planned' ? plan : { ...plan, possible: possibleActions(order, facts) };
}

/** The actions that the rows do not rule out, whatever else they need. */
export function possibleActions(order: OrderView, facts: ActionFacts): readonly ActionName[] {
  return ACTION_NAMES.filter(
    (action) => isPossibleIn(action, order.status) && isWorthAsking(action, order, facts),
  );
}

function isWorthAsking(action: ActionName, order: OrderView, facts: ActionFacts): boolean {
  const isHeld = order.waiting?.for === 'held';
  switch (action) {
    case 'refund':
      return refundableMinor(order) > 0;
    case 'hold':
      return !(isHeld && facts.wasHeld) && order.totals.captured.amountMinor === 0;
    case 'release':
      return isHeld || facts.wasHeld;
    case 'retry_now':
      return order.waiting !== null || facts.operations.some(({ isPending }) => isPending);
    case 'skip_step':
      return order.attentions.some(({ code }) => code === 'NOTIFICATION_UNRESOLVED');
    case 'resolve_outcome':
      return facts.operations.some(({ isPending, kind }) => isPending && isPaymentKind(kind));
    case 'resend_notification':
      return facts.mails.some(wasSent);
    default:
      return true;
  }
}

function planOf(request: ActionRequest, order: OrderView, facts: ActionFacts): Plan {
  switch (request.action) {
    case 'cancel':
      return planCancellation(order);
    case 'refund':
      return planRefund(request, order);
    case 'hold':
      return planHold(order, facts);
    case 'release':
      return isWorthAsking('release', order, facts)
        ? { ...NOTHING, sentences: ['The order goes on with the step that it was held before.'] }
        : refuse('not_held');
    case 'retry_now':
      return isWorthAsking('retry_now', order, facts)
        ? { ...NOTHING, sentences: ['Every step that waits for its next attempt is tried at once.'] }
        : refuse('nothing_waits');
    case 'skip_step':
      return {
        ...NOTHING,
        sentences: ['The mail that is being tried is given up, and the next one goes out.'],
      };
    case 'resolve_outcome':
      return planResolution(request, facts);
    case 'change_address':
      return planAddress(request, order);
    case 'reroute':
      return planReroute(request, order, facts);
    case 'resend_notification':
      return planResend(request, facts);
  }
}

function planCancellation(order: OrderView): Plan {
  const { captured, refunded } = order.totals;
  const { currency } = order;
  const back = refundableMinor(order);
  const money: MoneyChange[] =
    captured.amountMinor > 0
      ? back > 0
        ? [{ kind: 'refund', amount: { amountMinor: back, currency } }]
        : []
      : order.paymentStatus === 'authorized' || order.paymentStatus === 'unknown'
        ? [{ kind: 'void', amount: order.totals.total }]
        : [];
  const parcels = order.shipments.filter(({ status }) => status === 'booked');
  const wasConfirmed = order.shipments.length > 0;
  return {
    kind: 'planned',
    stock: heldStock(order).map((held) => ({ ...held, reserved: -held.reserved })),
    money,
    mails: wasConfirmed ? ['cancelled'] : [],
    sentences: [
      ...parcels.map(
        ({ id }) => `The carrier is asked to stop parcel ${id}; if it has left, the order goes on.`,
      ),
      ...money.map(({ kind, amount }) =>
        kind === 'refund'
          ? `${readMoney(amount)} go back to the customer.`
          : `The hold on ${readMoney(amount)} is let go.`,
      ),
      ...(refunded.amountMinor > 0 ? [`${readMoney(refunded)} were refunded before.`] : []),
      'The stock of every line is free again.',
      ...(wasConfirmed ? ['The customer is told by mail.'] : []),
    ],
  };
}

function planRefund({ by, restock }: Request<'refund'>, order: OrderView): Plan {
  const { currency } = order;
  if (order.totals.captured.amountMinor === 0) return refuse('not_captured');
  const left = refundableMinor(order);
  const more = `Up to ${readMoney({ amountMinor: left, currency })} can be refunded.`;
  if (left === 0) return refuse('nothing_to_refund');
  const lines = 'lines' in by ? by.lines : [];
  const unknown = lines.filter(({ lineId }) => !order.lines.some((line) => line.lineId === lineId));
  if (unknown.length > 0)
    return refuse('unknown_line', `Unknown: ${unknown.map(({ lineId }) => lineId).join(', ')}.`);
  if (restock && lines.length > 0 && !RETURNABLE.includes(order.status)) return refuse('not_shipped');
  const amountMinor = askedMinor(by, order);
  if (amountMinor > left) return refuse('exceeds_captured', more);
  if (amountMinor === 0) return refuse('nothing_to_refund');
  const amount = { amountMinor, currency };
  const units = addMinor(...lines.map(({ quantity }) => quantity));
  return {
    kind: 'planned',
    stock: restock ? lines.flatMap((line) => restockOf(line, order)) : [],
    money: [{ kind: 'refund', amount }],
    mails: ['refunded'],
    sentences: [
      `${readMoney(amount)} go back to the customer, of ${readMoney({ amountMinor: left, currency })} that can.`,
      ...(restock && units > 0 ? [`Units back on the shelves that they came from: ${units}.`] : []),
      'The customer is told by mail.',
    ],
  };
}

/** Where a line has one location, its units come back there; with several the records say where each unit came from. */
function restockOf(
  { lineId, quantity }: { readonly lineId: string; readonly quantity: number },
  order: OrderView,
): readonly StockChange[] {
  const line = order.lines.find((candidate) => candidate.lineId === lineId);
  if (line === undefined) return [];
  let left = quantity;
  return line.allocations.flatMap(({ locationId, quantity: taken }) => {
    const restocked = Math.min(left, taken);
    left -= restocked;
    return restocked === 0 ? [] : [{ sku: line.sku, locationId, reserved: 0, restocked }];
  });
}

function planHold(order: OrderView, facts: ActionFacts): Plan {
  if (order.waiting?.for === 'held' && facts.wasHeld) return refuse('held_already');
  if (order.totals.captured.amountMinor > 0) return refuse('too_late_to_hold');
  return {
    ...NOTHING,
    sentences: [
      'The step that is under way is carried to its end, and none begins after it until the order is released.',
      'The money stays held, and is held anew before that ends. Cancelling and refunding work meanwhile.',
    ],
  };
}

function planResolution(request: Request<'resolve_outcome'>, facts: ActionFacts): Plan {
  const operation = facts.operations.find(({ key }) => key === request.operationKey);
  if (operation === undefined || !isPaymentKind(operation.kind)) return refuse('no_such_operation');
  if (!operation.isPending) return refuse('settled_already');
  const { amount, kind } = operation;
  const what = amount === null ? `The ${kind}` : `The ${kind} over ${readMoney(amount)}`;
  return {
    ...NOTHING,
    money: amount === null ? [] : [{ kind: 'stated', amount }],
    sentences: [
      request.outcome === 'succeeded'
        ? `${what} counts as done, as ${request.providerReference} at the provider, unless the provider itself says otherwise.`
        : `${what} counts as never made, unless the provider itself says otherwise, and is made again with the same key.`,
      'The order goes on from there; the comparison with the list of the provider finds it when that was not so.',
    ],
  };
}

/** Whether the carrier has refused the parcels, so that a change has them booked anew. */
function awaitsCorrection({ waiting }: OrderView): boolean {
  return waiting?.for === 'correction';
}

function planAddress({ shipTo }: Request<'change_address'>, order: OrderView): Plan {
  const { city, country } = shipTo;
  if (!awaitsCorrection(order))
    return { ...NOTHING, sentences: ['The labels of the order will have the new address.'] };
  return {
    ...NOTHING,
    sentences: [
      ...order.shipments.map(
        ({ id, locationId }) => `Parcel ${id} is booked anew, from ${locationId} to ${city}, ${country}.`,
      ),
      AFTER_BOOKING_ANEW,
    ],
  };
}

function planReroute({ locationId }: Request<'reroute'>, order: OrderView, facts: ActionFacts): Plan {
  const moved = heldStock(order).filter((held) => held.locationId !== locationId);
  if (moved.length === 0) return refuse('at_location_already');
  const wanted = new Map<string, number>();
  for (const { sku, reserved } of moved) wanted.set(sku, (wanted.get(sku) ?? 0) + reserved);
  const short = [...wanted].flatMap(([sku, quantity]) => {
    const shelf = facts.shelves.find((one) => one.locationId === locationId && one.sku === sku);
    const available = shelf?.available ?? 0;
    return available < quantity ? [`${sku}: ${available} of ${quantity}`] : [];
  });
  if (short.length > 0) return refuse('out_of_stock', `${short.join(', ')}.`);
  const units = addMinor(...moved.map(({ reserved }) => reserved));
  return {
    ...NOTHING,
    stock: [
      ...moved.map((held) => ({ ...held, reserved: -held.reserved })),
      ...[...wanted].map(([sku, reserved]) => ({ sku, locationId, reserved, restocked: 0 })),
    ],
    sentences: [
      `Units held at ${locationId}, and free where they were held before: ${units}.`,
      `The order leaves in one parcel, from ${locationId}.`,
      ...(awaitsCorrection(order)
        ? ['That parcel is booked anew, to the address that the order has.', AFTER_BOOKING_ANEW]
        : []),
    ],
  };
}

function planResend({ template, subjectId }: Request<'resend_notification'>, facts: ActionFacts): Plan {
  const earlier = facts.mails.some(
    (mail) => mail.template === template && mail.subjectId === subjectId && wasSent(mail),
  );
  if (!earlier) return refuse('never_sent');
  return {
    ...NOTHING,
    mails: [template],
    sentences: [`The customer gets the mail "${template}" once more.`],
  };
}

function wasSent({ state }: ActionFacts['mails'][number]): boolean {
  return state === 'sent' || state === 'unknown';
}

/** What the order holds where, until its parcels leave. */
function heldStock(order: OrderView): readonly StockChange[] {
  const held = new Map<string, StockChange>();
  for (const { sku, allocations } of order.lines)
    for (const { locationId, quantity } of allocations) {
      const key = JSON.stringify([sku, locationId]);
      const reserved = (held.get(key)?.reserved ?? 0) + quantity;
      held.set(key, { sku, locationId, reserved, restocked: 0 });
    }
  return [...held.values()];
}
