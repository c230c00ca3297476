/**
 * Orders that were made up, with the truth about each: the shop has no labelled orders of its own to learn from. Each is of a
 * kind that the trade knows; kinds overlap on purpose, because good customers travel, share an office and hide their mail
 * address, and thieves buy small things to a plain address.
 */
import type { EarlierOrders, ScreenedOrder } from '../../src/domain/fraud/fraud-facts.ts';
import type { Seeded } from '../../tests/chaos/support/seeded.ts';

export interface LabelledOrder {
  readonly kind: string;
  readonly isFraud: boolean;
  readonly order: ScreenedOrder;
  readonly earlier: EarlierOrders;
}

/** Of a hundred orders so many are fraud; more than a shop sees, so that there is something to learn from. */
export const FRAUD_PERCENT = 4;

/** What is said of an order of one kind; ranges are drawn from evenly, chances by their probability. */
interface Kind {
  readonly name: string;
  /** Of all good orders, or of all fraud. */
  readonly percent: number;
  /** Orders of the customer before. */
  readonly accepted: readonly [number, number];
  /** The middle of the amounts in minor units, and how far they spread, as logarithm. */
  readonly amount: readonly [number, number];
  /** How often the amount is the customer's mean, as the middle of a spread. */
  readonly timesMean: number;
  readonly customerOrders: readonly [number, number];
  readonly cardOrders: readonly [number, number];
  readonly cardCustomers: readonly [number, number];
  readonly addressOrders: readonly [number, number];
  readonly addressCustomers: readonly [number, number];
  readonly otherCountry: number;
  readonly disposable: number;
  readonly units: readonly [number, number];
}

const USUAL = {
  accepted: [2, 40],
  amount: [4_500, 0.8],
  timesMean: 1,
  customerOrders: [0, 1],
  cardOrders: [0, 1],
  cardCustomers: [0, 0],
  addressOrders: [0, 1],
  addressCustomers: [0, 0],
  otherCountry: 0.01,
  disposable: 0.003,
  units: [1, 12],
} as const satisfies Omit<Kind, 'name' | 'percent'>;

export const GOOD_KINDS: readonly Kind[] = [
  { ...USUAL, name: 'comes back', percent: 55 },
  { ...USUAL, name: 'orders for the first time', percent: 27, accepted: [0, 0], disposable: 0.02 },
  { ...USUAL, name: 'sends a gift abroad', percent: 7, otherCountry: 0.8, timesMean: 1.6 },
  {
    ...USUAL,
    name: 'orders for an office',
    percent: 8,
    amount: [30_000, 1],
    customerOrders: [0, 6],
    cardOrders: [0, 12],
    cardCustomers: [0, 2],
    addressOrders: [1, 16],
    addressCustomers: [0, 6],
    units: [5, 200],
  },
  { ...USUAL, name: 'hides the mail address', percent: 3, accepted: [0, 3], disposable: 0.8 },
];

export const FRAUD_KINDS: readonly Kind[] = [
  {
    ...USUAL,
    name: 'tries out cards',
    percent: 25,
    accepted: [0, 2],
    amount: [900, 0.6],
    customerOrders: [2, 30],
    cardOrders: [0, 4],
    addressOrders: [0, 30],
    disposable: 0.55,
    units: [1, 3],
  },
  {
    ...USUAL,
    name: 'uses a stolen card',
    percent: 40,
    accepted: [0, 1],
    amount: [38_000, 0.9],
    cardOrders: [0, 6],
    cardCustomers: [0, 3],
    addressOrders: [0, 4],
    addressCustomers: [0, 2],
    otherCountry: 0.45,
    disposable: 0.3,
    units: [1, 8],
  },
  {
    ...USUAL,
    name: "has taken over somebody's account",
    percent: 20,
    amount: [25_000, 0.7],
    timesMean: 6,
    customerOrders: [0, 5],
    otherCountry: 0.6,
    units: [1, 20],
  },
  {
    ...USUAL,
    name: 'has goods sent to a forwarder',
    percent: 15,
    accepted: [0, 2],
    amount: [22_000, 0.7],
    cardCustomers: [0, 1],
    addressOrders: [3, 40],
    addressCustomers: [2, 30],
    otherCountry: 0.3,
    disposable: 0.25,
  },
];

const HOME = 'GB';
const ABROAD = ['FR', 'DE', 'NG', 'US', 'RO', 'ES'];

/** The same seed makes the same orders. */
export function makeOrders(count: number, random: Seeded): readonly LabelledOrder[] {
  return Array.from({ length: count }, () => {
    const isFraud = random.chance(FRAUD_PERCENT / 100);
    return makeOrder(pickKind(isFraud ? FRAUD_KINDS : GOOD_KINDS, random), isFraud, random);
  });
}

function pickKind(kinds: readonly Kind[], random: Seeded): Kind {
  let left = random.fraction() * kinds.reduce((sum, { percent }) => sum + percent, 0);
  const found = kinds.find(({ percent }) => (left -= percent) < 0) ?? kinds.at(-1);
  if (found === undefined) throw new Error('There are no kinds of orders');
  return found;
}

function makeOrder(kind: Kind, isFraud: boolean, random: Seeded): LabelledOrder {
  const draw = ([from, to]: readonly [number, number]): number => random.integer(from, to);
  const accepted = draw(kind.accepted);
  const amountMinor = Math.max(50, Math.round(kind.amount[0] * Math.exp(kind.amount[1] * bell(random))));
  const meanMinor = Math.max(50, Math.round(amountMinor / (kind.timesMean * Math.exp(0.5 * bell(random)))));
  const isElsewhere = random.chance(kind.otherCountry);
  const lastHour = draw(kind.customerOrders);
  const cardLastDay = Math.max(draw(kind.cardOrders), Math.min(lastHour, 50));
  return {
    kind: kind.name,
    isFraud,
    order: {
      total: { amountMinor, currency: 'GBP' },
      unitCount: draw(kind.units),
      country: isElsewhere ? random.pick(ABROAD) : HOME,
      mailDomain: random.chance(kind.disposable) ? 'mailinator.com' : 'example.com',
    },
    earlier: {
      customer: {
        lastHour,
        amountLastDayMinor: lastHour * meanMinor,
        accepted,
        meanMinor: accepted === 0 ? null : meanMinor,
        country: accepted === 0 ? null : HOME,
      },
      card: {
        lastDay: cardLastDay,
        otherCustomers: draw(kind.cardCustomers),
        country: accepted > 0 || cardLastDay > 0 ? HOME : null,
      },
      address: { lastDay: draw(kind.addressOrders), otherCustomers: draw(kind.addressCustomers) },
    },
  };
}

/** Close enough to a normal distribution of mean 0 and deviation 1: the sum of twelve even ones. */
function bell(random: Seeded): number {
  let sum = -6;
  for (let draws = 0; draws < 12; draws += 1) sum += random.fraction();
  return sum;
}
