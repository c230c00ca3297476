/** Orders under review in the console, held by a scorer that is a program of its own. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { API_KEY, startFraudScore, type Program } from '../simulators/programs.ts';
import { startConsoleLab, type ConsoleLab } from './console-lab.ts';

jest.setTimeout(300_000);

let scorer: Program;
let lab: ConsoleLab;
beforeAll(async () => {
  scorer = await startFraudScore();
  lab = await startConsoleLab({
    api: { FRAUD_SCREENING: 'on', CONFIRMATION_DEADLINE_MS: '30000' },
    worker: {
      FRAUD_SCORE_URL: scorer.url,
      FRAUD_SCORE_API_KEY: API_KEY,
      FRAUD_WEIGHT_RULES: '0.2',
      FRAUD_WEIGHT_MODEL: '0.2',
      FRAUD_WEIGHT_EXTERNAL: '0.6',
      FRAUD_REVIEW_AT: '0.5',
      FRAUD_REFUSE_AT: '1',
      FRAUD_SCORE_TIMEOUT_MS: '15000',
    },
  });
  await scorer.send('PUT', '/control/scores', { body: { score: 0.95 } });
});
afterAll(async () => {
  await lab?.stop();
  await scorer?.dispose();
});

describe('the queue of reviews', () => {
  it('shows why, is taken on by somebody, and an approved order goes on', async () => {
    const id = await lab.place({ status: 202 });
    await lab.show('operator', 'reviews', async ({ page, picture }) => {
      const row = page.getByRole('row', { name: new RegExp(id) });
      await row.getByRole('button', { name: 'Look' }).click();
      const panel = page.getByRole('region', { name: 'Review' });
      await panel.getByText('External score', { exact: true }).waitFor();
      await panel.getByText('The external scorer gives 0.95.').waitFor();
      await panel.getByRole('button', { name: 'Assign to me' }).click();
      await panel.getByText('Assigned to key:operator').waitFor();
      await page.getByLabel('Assigned to').selectOption('mine');
      await row.waitFor();
      await picture('reviews');
      await panel.getByRole('button', { name: 'Approve' }).click();
      const dialog = page.getByRole('dialog', { name: 'Approve this order?' });
      expect(await dialog.getByRole('button', { name: 'Approve' }).isDisabled()).toBe(true);
      await dialog.getByLabel('Reason').fill('known to the shop');
      await dialog.getByRole('button', { name: 'Approve' }).dblclick();
      await page.getByText('The order goes on.').waitFor();
      await page.getByText('No review is yours').waitFor();
    });
    await lab.untilCaptured(id);
  });

  it('is only looked at by a viewer', async () => {
    const id = await lab.place({ status: 202 });
    await lab.show('viewer', 'reviews', async ({ page }) => {
      await page
        .getByRole('row', { name: new RegExp(id) })
        .getByRole('button', { name: 'Look' })
        .click();
      const panel = page.getByRole('region', { name: 'Review' });
      await panel.getByText('External score', { exact: true }).waitFor();
      expect(await panel.getByRole('button').count()).toBe(0);
    });
  });
});

describe('an order under review', () => {
  it('shows the same on its own page, and ends when it is rejected', async () => {
    const id = await lab.place({ status: 202 });
    await lab.show('operator', `orders/${id}`, async ({ page }) => {
      const panel = page.getByRole('region', { name: 'Review' });
      await panel.getByText('External score', { exact: true }).waitFor();
      await panel.getByRole('button', { name: 'Reject' }).click();
      const dialog = page.getByRole('dialog', { name: 'Reject this order?' });
      await dialog.getByLabel('Reason').fill('four names, one card');
      await dialog.getByRole('button', { name: 'Reject' }).dblclick();
      await page.getByText('The order is rejected.').waitFor();
      await panel.waitFor({ state: 'detached' });
    });
    await lab.until(id, 'the end', ({ status }) => status === 'rejected');
    expect(await lab.processes.paymentOperations(id)).toEqual([]);
  });
});
