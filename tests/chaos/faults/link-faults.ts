/** F6: the network between our processes and what they need, in every way in which it goes wrong. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Seeded } from '../support/seeded.ts';
import { LINKS, type FaultCase, type FaultLab, type LinkName } from './fault-lab.ts';
import { DIRECTIONS, type Direction, type Toxic } from './toxiproxy.ts';

const ORDERS = 10;
/** How long a fault lasts; longer than any single time limit of a request, shorter than a customer's patience. */
const FAULT_MS = { shortest: 4_000, longest: 9_000 };

async function latency(lab: FaultLab, random: Seeded, link: LinkName): Promise<void> {
  for (const direction of DIRECTIONS)
    await lab.links[link].poison(
      { type: 'latency', attributes: { latency: random.integer(20, 400), jitter: random.integer(10, 400) } },
      direction,
    );
  await lab.customers.shopFor(ORDERS);
}

/** A fault that comes, stays while customers order, and goes; they notice nothing but that it takes longer. */
async function whileItLasts(
  lab: FaultLab,
  random: Seeded,
  link: LinkName,
  toxics: readonly (readonly [Toxic, Direction, number?])[],
): Promise<void> {
  const shopping = lab.customers.shopFor(ORDERS, 300);
  await delay(random.integer(200, 1_200));
  for (const [toxic, direction, toxicity] of toxics) await lab.links[link].poison(toxic, direction, toxicity);
  await delay(random.integer(FAULT_MS.shortest, FAULT_MS.longest));
  await lab.heal();
  await shopping;
}

const resetPeer = (lab: FaultLab, random: Seeded, link: LinkName): Promise<void> =>
  whileItLasts(lab, random, link, [
    [{ type: 'reset_peer', attributes: { timeout: random.integer(0, 300) } }, random.pick(DIRECTIONS), 0.6],
  ]);

/** What is sent arrives and no answer comes, or nothing arrives; when it is over, the connections are closed. */
const swallow = (lab: FaultLab, random: Seeded, link: LinkName): Promise<void> =>
  whileItLasts(lab, random, link, [
    [{ type: 'timeout', attributes: { timeout: 0 } }, random.pick(DIRECTIONS)],
  ]);

/** A connection ends in the middle of a reply, after so many bytes. */
const cutMidReply = (lab: FaultLab, random: Seeded, link: LinkName): Promise<void> =>
  whileItLasts(lab, random, link, [
    [{ type: 'limit_data', attributes: { bytes: random.integer(40, 4_000) } }, 'downstream'],
  ]);

const slice = (lab: FaultLab, random: Seeded, link: LinkName): Promise<void> =>
  whileItLasts(lab, random, link, [
    [
      { type: 'slicer', attributes: { average_size: random.integer(8, 64), delay: random.integer(50, 400) } },
      random.pick(DIRECTIONS),
    ],
  ]);

/** The other side is there, but its connections are gone, without a word and for good; only new ones work. */
async function halfOpen(lab: FaultLab, random: Seeded, link: LinkName): Promise<void> {
  // So that there are connections that can go silent, some of them in use.
  await lab.customers.shopFor(3, 50);
  const shopping = lab.customers.shopFor(ORDERS, 300);
  for (let silences = random.integer(1, 3); silences > 0; silences -= 1) {
    await delay(random.integer(300, 1_500));
    lab.links[link].silence();
  }
  await shopping;
}

async function cut(lab: FaultLab, random: Seeded, link: LinkName): Promise<void> {
  const shopping = lab.customers.shopFor(ORDERS, 300);
  for (let cuts = random.integer(2, 5); cuts > 0; cuts -= 1) {
    await delay(random.integer(200, 800));
    await lab.links[link].cut();
    await delay(random.integer(50, 1_500));
    await lab.links[link].connect();
  }
  await shopping;
}

const KINDS = {
  latency,
  'reset-peer': resetPeer,
  swallow,
  'cut-mid-reply': cutMidReply,
  slice,
  'half-open': halfOpen,
  cut,
};

export const LINK_FAULTS: readonly FaultCase[] = LINKS.flatMap((link) =>
  Object.entries(KINDS).map(([kind, bring]) => ({
    fault: 'F6',
    name: `${kind}-${link}`,
    run: (lab: FaultLab, random: Seeded) => bring(lab, random, link),
  })),
);
