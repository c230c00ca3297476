/** Orders whose parcels do not leave: nobody has heard the carrier, or what was sold is not on the shelf. */
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { sql } from 'drizzle-orm';
import type { Page } from 'playwright-core';
import { waitFor } from '../../support/stack.ts';
import { confirm, openAction } from './console-lab.ts';
import {
  AWAY,
  goToPage,
  openFromQueue,
  PATIENCE_MS,
  startIncidentLab,
  type IncidentLab,
} from './incident-lab.ts';
import { expectStatus, newKey, stockItems } from './test-api.ts';

jest.setTimeout(600_000);

/** A relay that takes the carrier's messages for those of another carrier, which has another name for a parcel. */
const OTHER_CARRIER = {
  file: 'src/workers/inbox-payload.ts',
  before: 'data: z.object({ shipmentId: text,',
  after: 'data: z.object({ parcelId: text, shipmentId: text,',
};

let lab: IncidentLab;
beforeAll(async () => {
  lab = await startIncidentLab({ api: { SHIP_WITHIN_MS: '3000' } });
});
afterEach(() => lab.processes.calm());
afterAll(() => lab?.stop());

/** Nobody could read what the carrier has told, twice: that the parcel has left, and that it has arrived. */
async function untilPutAside(page: Page, orderId: string): Promise<void> {
  const letters = page.getByRole('row').filter({ hasText: 'data.parcelId: Invalid input' });
  await waitFor(
    async () => {
      await page.getByRole('button', { name: 'Reload' }).click();
      await page.getByRole('heading', { name: 'Dead letters' }).waitFor();
      return (await letters.count()) === 2;
    },
    { timeoutMs: PATIENCE_MS, what: 'both messages to be put aside', intervalMs: 500 },
  );
  await letters
    .first()
    .getByRole('link', { name: `Order ${orderId}` })
    .waitFor();
}

async function redriveAll(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Redrive all' }).click();
  const dialog = page.getByRole('dialog', { name: 'Redrive all of them?' });
  await dialog.getByText('What was wrong should be mended first, or it comes back here.').waitFor();
  await dialog.getByRole('button', { name: 'Redrive', exact: true }).dblclick();
  await page.getByText('2 on the way again, 0 still put aside.').first().waitFor();
  await dialog.waitFor({ state: 'detached' });
}

describe('a poisoned webhook', () => {
  it('that nobody can ever understand is given up with the reason, and the order is not touched', async () => {
    const id = await lab.place();
    const poison = { provider: 'shipping', messageId: 'evt_poison', orderId: id } as const;
    await lab.api.repositories.inbox.store({ ...poison, payload: { data: 'torn' }, operationKey: null });
    await lab.asOperator(async (page) => {
      await goToPage(page, 'Dead letters');
      const row = page.getByRole('row').filter({ hasText: 'data: Invalid input' });
      await waitFor(
        async () => {
          await page.getByRole('button', { name: 'Reload' }).click();
          await page.getByRole('heading', { name: 'Dead letters' }).waitFor();
          return row.isVisible();
        },
        { timeoutMs: PATIENCE_MS, what: 'the message to be put aside', intervalMs: 500 },
      );
      await row.getByRole('link', { name: `Order ${id}` }).waitFor();
      await row.getByRole('button', { name: 'Give up' }).click();
      const dialog = page.getByRole('dialog', { name: 'Give this message up?' });
      await dialog.getByText('It is never delivered').waitFor();
      await dialog.getByLabel('Reason').fill('torn on its way; the carrier has sent it again');
      await dialog.getByRole('button', { name: 'Give up' }).dblclick();
      await page.getByText('1 given up, 0 still put aside.').waitFor();
      await page.getByText('No message was put aside').waitFor();
      await lab.deliver(id);
    });
    const [row] = await lab.api.database.query<{ state: string; error: string }>(
      'test.given',
      sql`SELECT state, last_error AS error FROM webhook_inbox WHERE message_id = 'evt_poison'`,
    );
    expect(row?.error).toBe('given up by key:operator: torn on its way; the carrier has sent it again');
    expect(row?.state).toBe('not_needed');
  });

  it('is seen with its reason, comes back while nothing is mended, and is heard after that', async () => {
    await lab.restart('relay', lab.release(OTHER_CARRIER));
    const id = await lab.place();
    const speed = { orderId: id, shippedAfterMs: 0, deliveredAfterMs: 0 };
    await lab.processes.control('carrier', 'PUT', 'speed', speed);
    await lab.asOperator(async (page) => {
      const why = await openFromQueue(page, id, 'Shipment late');
      await why.getByText(/^The carrier has not taken over every parcel in time/).waitFor();
      await why.getByText(/^Parcel \S+ is booked, /).waitFor();

      await goToPage(page, 'Dead letters');
      await untilPutAside(page, id);
      await redriveAll(page);
      await untilPutAside(page, id);
      await lab.restart('relay');
      await redriveAll(page);
      await page.getByText('No message was put aside').waitFor();
      await lab.until(id, 'the end', ({ status }) => status === 'completed');
    });
    expect(await lab.read(id)).toMatchObject({ shipments: [{ status: 'delivered' }], attentions: [] });
  });
});

/** An item with as much on each shelf. */
async function stock(sku: string, shelves: Readonly<Record<string, number>>): Promise<void> {
  await stockItems(lab.api, { [sku]: { amountMinor: 1000, onHand: 0 } });
  for (const [locationId, quantity] of Object.entries(shelves)) {
    const body = { locationId, quantity, reason: 'received' };
    const request = { as: 'admin', idempotencyKey: newKey(), body } as const;
    await expectStatus(201, lab.api.send('POST', `/v1/inventory/${sku}/adjustments`, request));
  }
}

/** Writes down that nothing lies on the shelf `main`, where so much should. */
async function adjust(page: Page, sku: string, onHand: number): Promise<void> {
  await goToPage(page, 'Inventory');
  await page.getByRole('link', { name: sku, exact: true }).click();
  await page.getByRole('button', { name: 'Adjust main' }).click();
  const dialog = page.getByRole('dialog', { name: `Adjust ${sku} at main` });
  await dialog.getByLabel('By how much').fill(`-${onHand}`);
  await dialog.getByText(`On hand ${onHand} → 0`).waitFor();
  await dialog.getByLabel('Reason').fill('counted: the shelf is empty');
  await dialog.getByRole('button', { name: `Take ${onHand} away` }).dblclick();
}

async function untilAdjusted(page: Page, sku: string, onHand: number): Promise<void> {
  await page.getByText(`-${onHand} of ${sku} at main.`).waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('row', { name: /^main 0 0 0/ }).waitFor();
}

describe('stock that is found to be missing', () => {
  it('before the label is made is sent from elsewhere, and the shelf is put right', async () => {
    await stock('SHADE', { main: 3, west: 3 });
    await lab.processes.misbehave('payments', { operation: '*', ...AWAY });
    const id = await lab.place({ units: { SHADE: 3 }, status: 202 });
    await lab.asOperator(async (page) => {
      const why = await openFromQueue(page, id, 'Authorization unresolved');
      await why.getByText(/^Holding 30\.00 GBP failed /).waitFor();
      const dialog = await openAction(page, 'Send from elsewhere');
      await dialog.getByLabel('Location').selectOption('west');
      await dialog.getByText('SHADE at main: 3 free again').waitFor();
      await dialog.getByText('SHADE at west: 3 held').waitFor();
      await confirm(
        page,
        'Send it from there',
        'Reroute: done. Everything is held at west.',
        'shelf_is_empty',
      );
      await adjust(page, 'SHADE', 3);
      await untilAdjusted(page, 'SHADE', 3);

      await lab.processes.calm();
      await openFromQueue(page, id, 'Authorization unresolved');
      await openAction(page, 'Retry now');
      await confirm(page, 'Retry now', 'Retry now: done.', 'provider_is_back');
      await lab.untilCaptured(id);
      await lab.deliver(id);
    });
    expect(await lab.read(id)).toMatchObject({
      status: 'completed',
      shipments: [{ locationId: 'west', status: 'delivered' }],
    });
    const { json } = await lab.api.send('GET', '/v1/inventory/SHADE', { as: 'viewer' });
    expect(json).toMatchObject({ onHand: 0, reserved: 0 });
  });

  it('after the customer was charged is given back: the money first, then the shelf is put right', async () => {
    await stock('VASE', { main: 3 });
    const id = await lab.place({ units: { VASE: 3 } });
    await lab.untilCaptured(id);
    await lab.asOperator(
      async (page) => {
        const why = await openFromQueue(page, id, 'Shipment late');
        await why.getByText(/^The carrier has not taken over every parcel in time/).waitFor();
        await why.getByText('30.00 GBP was charged.').waitFor();
        // What an order holds is not taken from under it.
        await adjust(page, 'VASE', 3);
        await page.getByRole('dialog').getByText('0 are on hand there and not reserved.').waitFor();
        await page.keyboard.press('Escape');

        await openFromQueue(page, id, 'Shipment late');
        const dialog = await openAction(page, 'Cancel order');
        await dialog.getByText('30.00 GBP go back to the customer.').waitFor();
        await dialog.getByText('The carrier is asked to stop parcel').waitFor();
        await dialog.getByText('VASE at main: 3 free again').waitFor();
        await confirm(page, 'Cancel the order', 'Cancel: done. The order is cancel', 'shelf_is_empty');
        await page.getByText('Order cancelled').first().waitFor({ timeout: PATIENCE_MS });
        await adjust(page, 'VASE', 3);
        await untilAdjusted(page, 'VASE', 3);
      },
      { refusals: [409] },
    );
    expect(await lab.read(id)).toMatchObject({ status: 'cancelled', paymentStatus: 'refunded' });
    expect(await lab.moneyMoves(id)).toEqual([
      'authorize succeeded',
      'capture succeeded',
      'refund succeeded',
    ]);
    const { json } = await lab.api.send('GET', '/v1/inventory/VASE', { as: 'viewer' });
    expect(json).toMatchObject({ onHand: 0, reserved: 0 });
  });
});
