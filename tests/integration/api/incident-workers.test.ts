/** What goes wrong with the programs of the service themselves, seen and put right from the console. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { waitFor } from '../../support/stack.ts';
import {
  goToPage,
  openFromQueue,
  PATIENCE_MS,
  runJob,
  startIncidentLab,
  type IncidentLab,
} from './incident-lab.ts';

jest.setTimeout(900_000);

/** Temporal takes longer from try to try while the code of a workflow fails. */
const NEXT_TRY_MS = 600_000;

/** A version of the order worker that fails on every order whose parcels have left. */
const FAULTY = {
  file: 'src/workflows/orders/process-order.workflow.ts',
  before: "  order.mail('shipped');\n",
  after: "  throw new TypeError('there is no mail for this');\n  order.mail('shipped');\n",
};

let lab: IncidentLab;
beforeAll(async () => {
  lab = await startIncidentLab({
    api: { DELIVER_WITHIN_MS: '2000' },
    maintenance: { FIND_STUCK_INTERVAL_MS: '1000', STUCK_GRACE_MS: '1000' },
  });
});
afterAll(() => lab?.stop());

describe('a workflow that was terminated behind our back', () => {
  it('is found by the job that the operator runs, and taken up as soon as a worker is there', async () => {
    const id = await lab.paid();
    await lab.processes.stopWorker();
    await lab.temporal.client.workflow.getHandle(id).terminate('by hand');
    const query = `WorkflowId = '${id}' AND ExecutionStatus = 'Running'`;
    await waitFor(async () => (await lab.temporal.client.workflow.count(query)).count === 0, {
      timeoutMs: PATIENCE_MS,
      what: 'Temporal to list it no more',
    });
    await lab.asOperator(async (page) => {
      await page.getByText('No order needs a person').waitFor();
      await page.goto(`${lab.api.url}/console#/orders/${id}`);
      await page
        .getByRole('heading', {
          name: /^The workflow of the order is closed \(TERMINATED since .+\), and the order is not at its end/,
        })
        .waitFor();

      const job = await runJob(page, 'repair-drift');
      await job.getByText('1 orders taken up').waitFor();
      await openFromQueue(page, id, 'Workflow lost');
      await page.getByText('Its run: TERMINATED.').first().waitFor();
      await lab.processes.startWorker();
      await page
        .getByRole('region', { name: 'Needs a person' })
        .waitFor({ state: 'detached', timeout: PATIENCE_MS });
      await lab.deliver(id);
      await page.getByText('Order completed').first().waitFor({ timeout: PATIENCE_MS });
    });
    expect(await lab.read(id)).toMatchObject({ status: 'completed', attentions: [] });
    expect(await lab.moneyMoves(id)).toEqual(['authorize succeeded', 'capture succeeded']);
  });
});

describe('a version of the order worker with a mistake in the code of the workflow', () => {
  it('is named as the reason, and the order goes on by itself once a mended one runs', async () => {
    await lab.processes.stopWorker();
    await lab.processes.startWorker(lab.release(FAULTY));
    const id = await lab.paid();
    const speed = { orderId: id, shippedAfterMs: 0, deliveredAfterMs: 0 };
    await lab.processes.control('carrier', 'PUT', 'speed', speed);
    await lab.asOperator(async (page) => {
      const why = await openFromQueue(page, id, 'Workflow task failing');
      await why
        .getByText(
          /^The workflow code fails: there is no mail for this; attempt \d+.*; it is run again by itself\.$/,
        )
        .waitFor();
      await page.getByText('it goes on by itself once a fixed version runs').first().waitFor();
      const runbook = page
        .getByRole('region', { name: 'Needs a person' })
        .getByRole('link', { name: 'Runbook' });
      expect(await runbook.first().getAttribute('href')).toBe('/docs/runbooks#WORKFLOW_TASK_FAILING');

      await lab.processes.stopWorker();
      await lab.processes.startWorker();
      await page.getByText('Order completed').first().waitFor({ timeout: NEXT_TRY_MS });
    });
    expect(await lab.read(id)).toMatchObject({ status: 'completed', attentions: [] });
    expect(await lab.moneyMoves(id)).toEqual(['authorize succeeded', 'capture succeeded']);
  });
});

describe('a read model', () => {
  it('that lags is shown to lag until it has caught up, and one that is wrong is made anew', async () => {
    await lab.end('projections');
    const id = await lab.paid();
    await lab.asOperator(async (page) => {
      await goToPage(page, 'Now');
      const figure = page.getByRole('listitem').filter({ hasText: 'Read model behind' });
      await figure.getByText('1', { exact: true }).waitFor({ timeout: PATIENCE_MS });
      await figure.getByText(/^oldest /).waitFor();
      await lab.restart('projections');
      await figure.getByText('0', { exact: true }).waitFor({ timeout: PATIENCE_MS });
      await lab.deliver(id);

      await waitFor(async () => (await lab.api.repositories.projections.find(id))?.status === 'completed', {
        timeoutMs: PATIENCE_MS,
        what: 'the read model to have heard of the end',
      });
      await lab.api.database.query(
        'test.wrong',
        sql`UPDATE projections.order_summaries SET status = 'placed' WHERE order_id = ${id}`,
      );
      await figure.getByRole('link', { name: 'Read model behind' }).click();
      await page.getByRole('button', { name: 'Compare and rebuild' }).click();
      const dialog = page.getByRole('dialog', { name: 'Make the read model anew?' });
      await dialog.getByText(/^Of \d+ orders 1 differ\.$/).waitFor();
      await dialog.getByRole('link', { name: `Order ${id}` }).waitFor();
      await dialog.getByRole('button', { name: 'Put 1 right' }).dblclick();
      await page.getByText(/^Of \d+ orders in the read model 1 were put right\.$/).waitFor();
      await dialog.waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Compare and rebuild' }).click();
      await dialog.getByText(/^Of \d+ orders it says what their events say\.$/).waitFor();
      expect(await dialog.getByRole('button', { name: 'Rebuild' }).isDisabled()).toBe(true);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
    });
    expect(await lab.api.repositories.projections.find(id)).toMatchObject({ status: 'completed' });
  });
});
