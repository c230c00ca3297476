/** An address that the carrier refuses, found on the page Attention and corrected with what the console offers. */
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { confirm, openAction } from './console-lab.ts';
import { openFromQueue, PATIENCE_MS, startIncidentLab, type IncidentLab } from './incident-lab.ts';

jest.setTimeout(600_000);

/** The carrier serves no such address. */
const NOWHERE = '00000';

let lab: IncidentLab;
beforeAll(async () => {
  lab = await startIncidentLab();
});
afterAll(() => lab?.stop());

it('an address that the carrier refuses is corrected, the parcels are booked anew, and the order goes on', async () => {
  const id = await lab.place({ postalCode: NOWHERE });
  await lab.asOperator(async (page) => {
    const why = await openFromQueue(page, id, 'Shipment refused');
    await why.getByText(/^The carrier refuses to take the order\./).waitFor();
    await page
      .getByRole('group', { name: 'What helps' })
      .getByRole('button', { name: 'Change the address' })
      .waitFor();

    const dialog = await openAction(page, 'Change the address');
    for (const [label, text] of [
      ['Name', 'Grace Hopper'],
      ['Street', '1 Navy Yard'],
      ['Postal code', 'YO1 7HH'],
      ['City', 'York'],
      ['Country', 'GB'],
    ] as const)
      await dialog.getByLabel(label, { exact: true }).fill(text);
    await dialog.getByText(/^Parcel \S+ is booked anew, from main to York, GB\.$/).waitFor();
    await confirm(page, 'Change the address', 'Change address: done.', 'customer_was_called');
    await page.getByText('Payment captured').first().waitFor({ timeout: PATIENCE_MS });
    await lab.deliver(id);
  });
  const order = await lab.read(id);
  expect(order).toMatchObject({ status: 'completed', paymentStatus: 'captured', attentions: [] });
  const booked = (await lab.processes.control('carrier', 'GET', `operations?orderId=${id}`)) as {
    operation: string;
    status: string;
  }[];
  expect(
    booked.filter(({ operation, status }) => operation === 'book' && status === 'succeeded'),
  ).toHaveLength(1);
});
