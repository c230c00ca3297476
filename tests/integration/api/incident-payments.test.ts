/** What goes wrong at the payment provider, found on the page Attention and put right with what the console offers. */
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { waitFor } from '../../support/stack.ts';
import { confirm, openAction } from './console-lab.ts';
import {
  AWAY,
  goToPage,
  openFromQueue,
  PATIENCE_MS,
  runJob,
  startIncidentLab,
  type IncidentLab,
} from './incident-lab.ts';

jest.setTimeout(600_000);

/** Until the hold on the money of an order ends, where that is what goes wrong; it is taken anew when half of it is over. */
const SHORT_HOLD_MS = 6_000;

let lab: IncidentLab;
beforeAll(async () => {
  lab = await startIncidentLab();
});
afterEach(() => lab.processes.calm());
afterAll(() => lab?.stop());

describe('a payment provider in maintenance', () => {
  it('is asked again at once when it is back, and the order goes on to its end', async () => {
    await lab.processes.misbehave('payments', { operation: '*', ...AWAY });
    const id = await lab.place({ status: 202 });
    await lab.asOperator(async (page) => {
      const why = await openFromQueue(page, id, 'Authorization unresolved');
      await why.getByText(/^Holding 30\.00 GBP failed .+ answered 503 \(maintenance\); next try /).waitFor();
      await why.getByText(/No money is held\./).waitFor();
      const helps = page.getByRole('group', { name: 'What helps' });
      await helps.getByRole('button', { name: 'Retry now' }).waitFor();

      await lab.processes.calm();
      const dialog = await openAction(page, 'Retry now');
      await dialog.getByText('Every step that waits for its next attempt is tried at once.').waitFor();
      await confirm(page, 'Retry now', 'Retry now: done.', 'provider_is_back');
      await page.getByText('Payment captured').first().waitFor({ timeout: PATIENCE_MS });
      await lab.deliver(id);
      await page.getByText('Order completed').first().waitFor({ timeout: PATIENCE_MS });
    });
    expect(await lab.read(id)).toMatchObject({ paymentStatus: 'captured', attentions: [] });
    expect(await lab.moneyMoves(id)).toEqual(['authorize succeeded', 'capture succeeded']);
  });
});

describe('a charge whose answer was lost, at a provider that cannot be asked', () => {
  it('is resolved with evidence, made once, and agrees with the records of the provider', async () => {
    await lab.processes.misbehave(
      'payments',
      { operation: 'capture', behaviour: 'lost_reply', times: 1 },
      { operation: 'lookup', ...AWAY },
    );
    const id = await lab.place();
    await lab.asOperator(async (page) => {
      const why = await openFromQueue(page, id, 'Capture unresolved');
      await why.getByText(`What became of ${id}:capture:1 over 30.00 GBP is not known since`).waitFor();
      await why.getByText('Whether the money is held or charged is not known yet.').waitFor();

      const operations = await lab.processes.paymentOperations(id);
      const reference = operations.find(({ operation }) => operation === 'capture')?.id ?? '';
      const dialog = await openAction(page, 'Say what became of it');
      expect(await dialog.getByLabel('Operation').inputValue()).toBe(`${id}:capture:1`);
      await dialog.getByLabel('It was done').check();
      await dialog.getByLabel("The provider's own id of it").fill(reference);
      await dialog.getByLabel('Evidence').fill('seen on the pages of the provider');
      await dialog.getByText(`counts as done, as ${reference} at the provider`).waitFor();
      await dialog.getByText('counted by your word, not moved').waitFor();
      await confirm(page, 'Say so', 'Resolve outcome: done.', 'provider_cannot_be_asked');
      await page.getByText('Payment captured').first().waitFor({ timeout: PATIENCE_MS });

      await lab.processes.calm();
      await lab.deliver(id);
      // The list of the provider is held against what was said.
      await runJob(page, 'reconcile');
      await goToPage(page, 'Reconciliation');
      await page.getByText('No difference is open').waitFor();
    });
    expect(await lab.read(id)).toMatchObject({ status: 'completed', paymentStatus: 'captured' });
    expect(await lab.moneyMoves(id)).toEqual(['authorize succeeded', 'capture succeeded']);
  });
});

describe('an undo that fails', () => {
  it('holds up the cancellation until the provider is back, and is then done at once', async () => {
    await lab.processes.misbehave(
      'payments',
      { operation: 'capture', ...AWAY },
      { operation: 'void', ...AWAY },
    );
    const id = await lab.place();
    await lab.asOperator(async (page) => {
      await openFromQueue(page, id, 'Capture unresolved');
      const cancellation = await openAction(page, 'Cancel order');
      await cancellation.getByText('The hold on 30.00 GBP is let go.').waitFor();
      await cancellation.getByText('LAMP at main: 3 free again').waitFor();
      await confirm(
        page,
        'Cancel the order',
        'Cancel: done. The order is cancelling.',
        'asked_by_the_customer',
      );

      const why = await openFromQueue(page, id, 'Void unresolved');
      await why
        .getByText(/^Letting the hold on 30\.00 GBP go failed .+ answered 503 \(maintenance\)/)
        .waitFor({ timeout: PATIENCE_MS });
      await why.getByText(/^The money is still held until /).waitFor();
      await lab.processes.calm();
      const dialog = await openAction(page, 'Retry now');
      await dialog.getByText('Every step that waits for its next attempt is tried at once.').waitFor();
      await confirm(page, 'Retry now', 'Retry now: done.', 'provider_is_back');
      await page.getByText('Order cancelled').first().waitFor({ timeout: PATIENCE_MS });
    });
    expect(await lab.read(id)).toMatchObject({ status: 'cancelled', paymentStatus: 'voided' });
    expect(await lab.moneyMoves(id)).toEqual(['authorize succeeded', 'void succeeded']);
    const { json } = await lab.api.send('GET', '/v1/inventory/LAMP', { as: 'viewer' });
    expect(json.reserved).toBe(0);
  });
});

describe('a hold that has lapsed while the provider was away', () => {
  it('is let go and taken anew when it is back, and the new one is charged', async () => {
    await lab.processes.misbehave(
      'payments',
      { operation: 'capture', ...AWAY },
      { operation: 'void', ...AWAY },
    );
    const id = await lab.place({
      prepare: (orderId) =>
        lab.processes.control('payments', 'PUT', 'capture-window', {
          orderId,
          captureWindowMs: SHORT_HOLD_MS,
          times: 1,
        }),
    });
    await lab.asOperator(async (page) => {
      const why = await openFromQueue(page, id, 'Void unresolved');
      const { payment } = await lab.read(id);
      await waitFor(() => Date.now() > Date.parse(payment.captureBefore), {
        timeoutMs: PATIENCE_MS,
        what: 'the hold to end',
      });
      await page.getByRole('button', { name: 'Reload' }).click();
      await why
        .getByText(/^Letting the hold on 30\.00 GBP go failed .+ answered 503 \(maintenance\)/)
        .waitFor();
      await why.getByText(/^The money was held until /).waitFor();

      await lab.processes.calm();
      const dialog = await openAction(page, 'Retry now');
      await dialog.getByText('Every step that waits for its next attempt is tried at once.').waitFor();
      await confirm(page, 'Retry now', 'Retry now: done.', 'provider_is_back');
      await page.getByText('Payment voided').first().waitFor({ timeout: PATIENCE_MS });
      await page.getByText('Payment captured').first().waitFor({ timeout: PATIENCE_MS });
      await lab.deliver(id);
    });
    expect(await lab.read(id)).toMatchObject({ status: 'completed', paymentStatus: 'captured' });
    const charged = (await lab.moneyMoves(id)).filter((move) => move.endsWith('succeeded'));
    expect(charged.filter((move) => move.startsWith('authorize'))).toHaveLength(2);
    expect(charged.at(-1)).toBe('capture succeeded');
  });
});
