/** What operators do to orders that are under way, upon the real workflow, providers and mail server. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { waitFor } from '../../support/stack.ts';
import { startOperatorLab, type OperatorLab } from './operator-lab.ts';
import { PATIENCE_MS } from './checkout-lab.ts';
import { expectStatus, newKey, type Sent } from './test-api.ts';

jest.setTimeout(180_000);

let lab: OperatorLab;
beforeAll(async () => {
  lab = await startOperatorLab();
});
afterAll(() => lab.stop());

describe('holding an order', () => {
  it('lets the step under way end and none begin, until it is released', async () => {
    const id = await lab.heldOrder();
    const held = await lab.read(id);
    expect(held).toMatchObject({ status: 'confirmed', paymentStatus: 'authorized' });
    expect(held.waiting).toMatchObject({ for: 'held', owner: 'operator' });
    const again = await expectStatus(409, lab.operate(id, 'hold'));
    expect(again.json).toMatchObject({ code: 'ACTION_NOT_POSSIBLE', why: 'held_already' });
    expect(again.json.possible).toEqual(expect.arrayContaining(['release', 'cancel', 'change_address']));

    const released = await expectStatus(200, lab.operate(id, 'release'));
    expect(released.json).toMatchObject({ action: 'release', state: 'done', actor: 'key:operator' });
    expect((await lab.untilCaptured(id)).waiting).toMatchObject({ for: 'hand_over' });
    expect((await lab.actionsOf(id)).map(({ action, state }) => `${action} ${state}`)).toEqual([
      'release done',
      'hold refused',
      'hold done',
    ]);
  });

  it('is no obstacle to cancelling it, which gives everything back', async () => {
    const id = await lab.heldOrder();
    await expectStatus(200, lab.operate(id, 'cancel'));
    const order = await lab.until(id, 'the cancellation', ({ status }) => status === 'cancelled');
    expect(order).toMatchObject({ paymentStatus: 'voided', waiting: null });
  });

  it('is refused when it is paid for, with what is possible instead', async () => {
    const id = await lab.place();
    await lab.untilCaptured(id);
    const sent = await expectStatus(409, lab.operate(id, 'hold'));
    expect(sent.json).toMatchObject({ why: 'too_late_to_hold' });
    expect(sent.json.possible).toEqual(expect.arrayContaining(['cancel', 'refund']));
    expect((await expectStatus(409, lab.operate(id, 'release'))).json.why).toBe('not_held');
  });
});

describe('before the label is bought', () => {
  it('an order can go to another address, of which the trail keeps the digest alone', async () => {
    const id = await lab.heldOrder();
    const shipTo = {
      name: 'Grace Hopper',
      line1: '1 Navy Yard',
      city: 'York',
      postalCode: 'YO1 7HH',
      country: 'GB',
    };
    const sent = await expectStatus(200, lab.operate(id, 'change_address', { shipTo }));
    expect(sent.json.input).toEqual({ addressDigest: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const [row] = await lab.api.database.query<{ shipTo: unknown }>(
      'test.address',
      sql`SELECT ship_to AS "shipTo" FROM order_contacts WHERE order_id = ${id}`,
    );
    expect(row?.shipTo).toEqual(shipTo);
    const kept = await lab.api.database.query<{ text: string }>(
      'test.trail',
      sql`SELECT operator_actions::text AS text FROM operator_actions WHERE order_id = ${id}`,
    );
    expect(kept.map(({ text }) => text).join()).not.toContain('Hopper');
    await expectStatus(200, lab.operate(id, 'release'));
    await lab.untilCaptured(id);
    expect((await expectStatus(409, lab.operate(id, 'change_address', { shipTo }))).json.why).toBe('status');
  });

  it('an order can leave from another location, which has what it takes', async () => {
    const id = await lab.heldOrder();
    const shelf = async (locationId: string): Promise<number> => {
      const { json } = await expectStatus(200, lab.api.send('GET', '/v1/inventory/LAMP', { as: 'viewer' }));
      return json.locations.find((one: Sent['json']) => one.locationId === locationId).reserved;
    };
    const [main, west] = [await shelf('main'), await shelf('west')];
    const sent = await expectStatus(200, lab.operate(id, 'reroute', { locationId: 'west' }));
    expect(sent.json.state).toBe('done');
    expect([await shelf('main'), await shelf('west')]).toEqual([main - 3, west + 3]);
    const order = await lab.read(id);
    expect(order.lines[0].allocations).toEqual([{ locationId: 'west', quantity: 3 }]);
    expect(order.shipments).toMatchObject([{ locationId: 'west', status: 'pending' }]);
    expect((await expectStatus(409, lab.operate(id, 'reroute', { locationId: 'west' }))).json.why).toBe(
      'at_location_already',
    );
    await expectStatus(200, lab.operate(id, 'release'));
    expect((await lab.untilCaptured(id)).shipments).toMatchObject([{ locationId: 'west', status: 'booked' }]);
  });

  it('an order whose address the carrier refuses goes on once it has another one, as the dry run says', async () => {
    const id = await lab.place({ postalCode: '00000' });
    await lab.until(
      id,
      'the refusal',
      ({ attention, waiting }) => attention?.code === 'SHIPMENT_REFUSED' && waiting?.for === 'correction',
    );
    const { json: explained } = await expectStatus(
      200,
      lab.api.send('GET', `/v1/ops/orders/${id}/explain`, { as: 'operator' }),
    );
    expect(explained.sentences.join(' ')).toContain('You can: change the address');
    const shipTo = {
      name: 'Grace Hopper',
      line1: '1 Navy Yard',
      city: 'York',
      postalCode: 'YO1 7HH',
      country: 'GB',
    };
    const dry = await expectStatus(
      200,
      lab.operate(id, 'change_address', { shipTo }, { query: '?dryRun=true' }),
    );
    const [{ id: parcel }] = (await lab.read(id)).shipments;
    expect(dry.json.sentences[0]).toBe(`Parcel ${parcel} is booked anew, from main to York, GB.`);
    const idempotencyKey = newKey();
    const sent = await expectStatus(200, lab.operate(id, 'change_address', { shipTo }, { idempotencyKey }));
    const again = await expectStatus(200, lab.operate(id, 'change_address', { shipTo }, { idempotencyKey }));
    expect(again.json).toEqual(sent.json);
    const order = await lab.untilCaptured(id);
    expect(order).toMatchObject({ attention: null, shipments: [{ id: parcel, status: 'booked' }] });
  });

  it('an order does not leave from a location that lacks an item', async () => {
    await lab.processes.misbehave('payments', {
      operation: 'authorize',
      behaviour: 'maintenance',
      times: -1,
    });
    const id = await lab.place({ status: 202, units: { LAMP: 200 } });
    await expectStatus(200, lab.operate(id, 'hold'));
    await lab.processes.calm();
    const sent = await expectStatus(409, lab.operate(id, 'reroute', { locationId: 'west' }));
    expect(sent.json.why).toBe('out_of_stock');
    expect(sent.json.detail).toContain('of 200');
    await expectStatus(200, lab.operate(id, 'cancel'));
  });
});

describe('a step that waits', () => {
  it('for minutes is tried at once when an operator says so', async () => {
    await lab.processes.misbehave('carrier', {
      operation: 'book',
      behaviour: 'maintenance',
      times: -1,
      delayMs: 600_000,
    });
    const id = await lab.place();
    const retryNow = async (): Promise<boolean> => (await lab.operate(id, 'retry_now')).status === 200;
    // The first try may not have been refused yet: then there is nothing to be hurried, and it is said again.
    await waitFor(retryNow, { timeoutMs: PATIENCE_MS, what: 'a step that waits', intervalMs: 1_000 });
    await lab.processes.calm();
    // By itself it would be tried after minutes.
    await waitFor(
      async () => {
        await retryNow();
        return (await lab.read(id)).status === 'fulfilling';
      },
      { timeoutMs: PATIENCE_MS, what: 'the label', intervalMs: 1_000 },
    );
    expect((await lab.actionsOf(id)).map(({ state }) => state)).toContain('done');
    await lab.untilCaptured(id);
    expect((await expectStatus(409, lab.operate(id, 'skip_step', { step: 'notification' }))).json.why).toBe(
      'no_mail_waits',
    );
  });

  it('for what became of a charge goes on from what an operator knows', async () => {
    await lab.processes.misbehave(
      'payments',
      { operation: 'capture', behaviour: 'lost_reply', times: 1 },
      { operation: 'lookup', behaviour: 'maintenance', times: -1 },
    );
    const id = await lab.place();
    await lab.until(id, 'the doubt', ({ waiting }) => waiting?.for === 'capture_outcome');
    const operations = await lab.processes.paymentOperations(id);
    const operationKey = `${id}:capture:1`;
    const evidence = 'seen on the pages of the provider';
    const providerReference = operations.find(({ operation }) => operation === 'capture')?.id;
    expect(providerReference).toBeDefined();
    const bad = { operationKey, outcome: 'succeeded', evidence };
    expect((await expectStatus(400, lab.operate(id, 'resolve_outcome', bad))).json.errors).toMatchObject([
      { pointer: '/providerReference' },
    ]);
    const other = { ...bad, operationKey: `${id}:capture:9`, providerReference };
    expect((await expectStatus(409, lab.operate(id, 'resolve_outcome', other))).json.why).toBe(
      'no_such_operation',
    );
    await expectStatus(200, lab.operate(id, 'resolve_outcome', { ...bad, providerReference }));
    await lab.untilCaptured(id);
    await lab.processes.calm();
    const late = { ...bad, outcome: 'never_happened' };
    expect((await expectStatus(409, lab.operate(id, 'resolve_outcome', late))).json.why).toBe(
      'settled_already',
    );
    const moved = await lab.processes.paymentOperations(id);
    expect(moved.filter(({ operation }) => operation === 'capture')).toHaveLength(1);
  });

  it('for a mailbox that takes nothing is given up when an operator says so', async () => {
    const id = await lab.place({ email: 'mailbox-busy@example.com' });
    await lab.untilCaptured(id);
    await waitFor(async () => (await lab.operate(id, 'skip_step', { step: 'notification' })).status === 200, {
      timeoutMs: PATIENCE_MS,
      what: 'the mail to be given up',
    });
    const state = await waitFor(
      async () => {
        const [row] = await lab.api.database.query<{ state: string }>(
          'test.mail',
          sql`SELECT state FROM notifications WHERE order_id = ${id} AND settled_at IS NOT NULL`,
        );
        return row?.state ?? null;
      },
      { timeoutMs: PATIENCE_MS, what: 'that to be recorded' },
    );
    expect(state).toBe('suppressed');
  });
});
