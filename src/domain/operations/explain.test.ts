import { describe, expect, test } from '@jest/globals';
import { isTerminal, ORDER_STATUSES, PAYMENT_STATUSES } from '../orders/order-status.ts';
import { WAITING_STATES, type WaitingFor } from '../orders/waiting-state.ts';
import { adviceText } from './advice.ts';
import { exampleFacts, FAILING_STEP, NOW, openRun, SINCE, type ExampleChanges } from './example-facts.ts';
import { explain } from './explain.ts';
import type { WorkflowFacts } from './explain-facts.ts';

const OWNERS_IN_WORDS: Readonly<Record<string, string>> = {
  workflow: 'this service',
  payment_provider: 'the payment provider',
  carrier: 'the carrier',
  warehouse: 'the warehouse',
  operator: 'an operator',
};
const PAST = '2026-11-20T10:20:00.000Z';
const cause = (code: string, message = 'Something is wrong.') => ({ code, since: SINCE, message });

/** What can be the matter besides what an order waits for, and what must then be told. */
interface Trouble {
  readonly workflow: WorkflowFacts;
  readonly until?: string;
  readonly told: RegExp;
}
const TROUBLES: Readonly<Record<string, Trouble>> = {
  'nothing wrong': { workflow: openRun(), told: /, until 11:00; / },
  'a time that is over': {
    workflow: openRun(),
    until: PAST,
    told: /that was due 10:20, and .+ has not moved\./,
  },
  'a step that fails': {
    workflow: openRun({ steps: [FAILING_STEP] }),
    told: /failed 7 times since 10:14, last: the payment provider answered 503 \(maintenance\); next try 10:32\./,
  },
  'a step that is paused': {
    workflow: openRun({ steps: [{ ...FAILING_STEP, state: 'paused' }] }),
    told: /; it is paused in Temporal\./,
  },
  'a step that waits for a worker': {
    workflow: openRun({
      steps: [{ ...FAILING_STEP, failures: 0, lastFailure: null, state: 'waiting_for_worker' }],
    }),
    told: /waits for a worker to take it since 10:14\./,
  },
  'code that fails': {
    workflow: openRun({
      task: { attempts: 12, since: PAST, failure: { type: 'TypeError', message: 'x is not a function' } },
    }),
    told: /^The workflow code fails: x is not a function; attempt 12 since 10:20; it is run again by itself\.$/,
  },
  'a run that is gone': {
    workflow: { state: 'missing' },
    told: /^Temporal knows no workflow of the order, and the order is not at its end; /,
  },
  'a run that was terminated': {
    workflow: { state: 'closed', status: 'TERMINATED', closedAt: PAST },
    told: /^The workflow of the order is closed \(TERMINATED since 10:20\), and the order is not at its end; /,
  },
  'a Temporal that does not answer': {
    workflow: { state: 'unreachable' },
    told: /^Temporal does not answer, so it is not known what is under way\.$/,
  },
};

const states = Object.keys(WAITING_STATES) as WaitingFor[];

describe('an order that waits', () => {
  const all = states.flatMap((state) => Object.keys(TROUBLES).map((trouble) => [state, trouble] as const));

  test.each(all)('for %s with %s is told with whose turn it is, and what is wrong', (state, name) => {
    const { told, ...trouble } = TROUBLES[name] as Trouble;
    const facts = exampleFacts({ status: 'fulfilling', waitingFor: state, ...trouble });
    const { headline, sentences, waiting } = explain(facts);
    const all = [headline, ...sentences];
    expect(all.filter((text) => told.test(text))).toHaveLength(1);
    const waits = all.find((text) => text.startsWith('Waiting for '));
    expect(waits).toContain(OWNERS_IN_WORDS[WAITING_STATES[state].owner]);
    expect(waits).toContain('since 10:14');
    expect(waiting).toMatchObject({ for: state, isOverdue: trouble.until === PAST });
    expect(new Set(all).size).toBe(all.length);
    for (const text of all) {
      expect(text).toMatch(/^(?:[A-Z0-9]).*[.!?]$/);
      expect(text).not.toMatch(/undefined|null|NaN|\[object/);
    }
  });

  test('for the carrier with nothing wrong needs nobody', () => {
    const facts = exampleFacts({
      status: 'shipped',
      until: '2026-12-05T10:00:00.000Z',
      workflow: openRun({
        timers: [{ summary: 'Every parcel delivered by now', firesAt: '2026-12-05T10:00:00.000Z' }],
      }),
    });
    expect(explain(facts)).toMatchObject({
      headline:
        'Waiting for the carrier to deliver 1 parcel since 10:14, until 5 Dec 10:00; the carrier has to move.',
      sentences: [
        'What happens next by itself: Every parcel delivered by now, 5 Dec 10:00.',
        '49.90 GBP was charged.',
        'Parcel shp_1_1 is shipped, demo-carrier TRK1.',
        'Nothing needs to be done; possible: refund · send a mail again.',
      ],
      nextTryAt: '2026-12-05T10:00:00.000Z',
      failures: [],
      causes: [],
    });
  });

  test('for a charge that fails is told what failed, why, when it is tried next, and what can be done', () => {
    const facts = exampleFacts({
      status: 'fulfilling',
      paymentStatus: 'authorized',
      parcels: ['booked'],
      causes: [cause('CAPTURE_UNRESOLVED')],
      workflow: openRun({ steps: [FAILING_STEP] }),
    });
    const explanation = explain(facts);
    expect(explanation.headline).toBe(
      'Capturing 49.90 GBP failed 7 times since 10:14, last: the payment provider answered 503 (maintenance); next try 10:32.',
    );
    expect(explanation.sentences).toEqual([
      'Waiting for the payment provider to charge 49.90 GBP since 10:14, until 11:00; the payment provider has to move.',
      'The money is still held until 27 Nov 09:00.',
      'Parcel shp_1_1 is booked, demo-carrier TRK1.',
      'CAPTURE_UNRESOLVED (critical) since 10:14, the payment provider should act by 11:14: Something is wrong.',
      'You can: retry now · cancel · wait.',
    ]);
    expect(explanation.failures).toEqual([
      {
        activity: 'capturePayment',
        step: 'Capturing 49.90 GBP',
        failures: 7,
        since: SINCE,
        type: 'PROVIDER_UNAVAILABLE',
        message: 'the payment provider answered 503 (maintenance)',
        nextTryAt: '2026-11-20T10:32:00.000Z',
      },
    ]);
    expect(explanation.causes).toEqual([
      {
        code: 'CAPTURE_UNRESOLVED',
        severity: 'critical',
        owner: 'payment_provider',
        since: SINCE,
        deadline: '2026-11-20T11:14:00.000Z',
        isOverdue: false,
        message: 'Something is wrong.',
        runbook: '/docs/runbooks#CAPTURE_UNRESOLVED',
      },
    ]);
  });

  test('for a lost answer is told which operation it is about', () => {
    const operation = {
      key: 'ord_1:capture:1',
      kind: 'capture' as const,
      amount: { amountMinor: 4990, currency: 'GBP' },
      since: SINCE,
    };
    const facts = exampleFacts({
      status: 'fulfilling',
      waitingFor: 'capture_outcome',
      paymentStatus: 'unknown',
      operations: [operation, { ...operation, key: 'shp_1_1:book:1', kind: 'book' }],
    });
    const { sentences, actions } = explain(facts);
    expect(sentences).toContain(
      'What became of ord_1:capture:1 over 49.90 GBP is not known since 10:14; it is looked up by that key before anything is done again.',
    );
    expect(sentences.join(' ')).not.toContain('shp_1_1:book:1');
    expect(actions.map(({ name }) => name)).toContain('resolve_outcome');
  });

  test('that could not be written down, to say what became of it is proposed once it calls a person', () => {
    const operation = {
      key: 'ord_1:capture:1',
      kind: 'capture' as const,
      amount: { amountMinor: 4990, currency: 'GBP' },
      since: SINCE,
    };
    const waiting = { status: 'fulfilling', waitingFor: 'capture' } as const;
    const causes = [cause('CAPTURE_UNRESOLVED')];
    const namesOf = (changes: ExampleChanges): readonly string[] =>
      explain(exampleFacts({ ...waiting, ...changes })).actions.map(({ name }) => name);
    expect(namesOf({ causes, operations: [operation] })).toContain('resolve_outcome');
    expect(namesOf({ operations: [operation] })).not.toContain('resolve_outcome');
    expect(namesOf({ causes, operations: [{ ...operation, kind: 'book' }] })).not.toContain(
      'resolve_outcome',
    );
  });
});

describe('an order at its end', () => {
  test.each(ORDER_STATUSES.filter(isTerminal))('that is %s is told so, and needs nothing', (status) => {
    const { headline, waiting, nextTryAt } = explain(exampleFacts({ status }));
    expect(headline).toBe(`The order is at its end: ${status}.`);
    expect([waiting, nextTryAt]).toEqual([null, null]);
  });

  test('is told why it was rejected', () => {
    const rejection = { code: 'PAYMENT_DECLINED' as const, message: 'the card has expired' };
    expect(explain(exampleFacts({ status: 'rejected', rejection })).headline).toBe(
      'The order is at its end: rejected, the card has expired.',
    );
  });

  test('with a refund that is under way and no run is taken up', () => {
    const amount = { amountMinor: 500, currency: 'GBP' };
    const facts = exampleFacts({ status: 'completed', refunds: [amount], workflow: { state: 'missing' } });
    const { headline, sentences } = explain(facts);
    expect(headline).toMatch(/^Temporal knows no workflow of the order/);
    expect(sentences).toContain('A refund of 5.00 GBP is under way since 10:14.');
  });
});

describe('what an operator can do', () => {
  const namesOf = (facts: Parameters<typeof explain>[0]): readonly string[] =>
    explain(facts).actions.map(({ name }) => name);

  test.each(ORDER_STATUSES)('to an order that is %s has a text for each', (status) => {
    for (const paymentStatus of PAYMENT_STATUSES) {
      const { actions, sentences } = explain(exampleFacts({ status, paymentStatus }));
      const last = sentences.at(-1) ?? '';
      for (const { name } of actions.filter(({ helps }) => helps)) expect(last).toContain(adviceText(name));
    }
  });

  test('is to wait only while there is something to wait for', () => {
    for (const status of ORDER_STATUSES)
      expect(namesOf(exampleFacts({ status })).includes('wait')).toBe(!isTerminal(status));
  });

  test('is not to cancel once a parcel has left, or while no run is there to do it', () => {
    const held = { status: 'fulfilling', paymentStatus: 'authorized' } as const;
    expect(namesOf(exampleFacts({ ...held, parcels: ['booked'] }))).toContain('cancel');
    expect(namesOf(exampleFacts({ ...held, parcels: ['booked', 'shipped'] }))).not.toContain('cancel');
    expect(
      namesOf(exampleFacts({ ...held, parcels: ['booked'], workflow: { state: 'missing' } })),
    ).not.toContain('cancel');
  });

  test('is to change the address before the label only', () => {
    expect(namesOf(exampleFacts({ status: 'confirmed', parcels: ['pending'] }))).toEqual(
      expect.arrayContaining(['change_address', 'reroute']),
    );
    expect(namesOf(exampleFacts({ status: 'confirmed', parcels: ['booked'] }))).not.toContain('reroute');
    const refused = { status: 'confirmed', parcels: ['pending'], waitingFor: 'correction' } as const;
    const causes = [cause('SHIPMENT_REFUSED')];
    expect(namesOf(exampleFacts({ ...refused, causes })).slice(0, 3)).toEqual([
      'change_address',
      'reroute',
      'cancel',
    ]);
  });

  test('is to refund what was charged and is not promised yet', () => {
    const charged = { status: 'completed', paymentStatus: 'captured' } as const;
    expect(namesOf(exampleFacts(charged))).toContain('refund');
    expect(
      namesOf(exampleFacts({ ...charged, refunds: [{ amountMinor: 4990, currency: 'GBP' }] })),
    ).not.toContain('refund');
    expect(namesOf(exampleFacts({ status: 'confirmed', paymentStatus: 'authorized' }))).not.toContain(
      'refund',
    );
  });

  test('is nothing where only a person outside can help, and says so', () => {
    const facts = exampleFacts({ causes: [cause('SHIPPED_UNPAID')], paymentStatus: 'voided' });
    expect(explain(facts).sentences.at(-1)).toBe(
      'No action on the order ends this; the runbook says what does.',
    );
  });

  test('is to skip a mail, and nothing but a mail', () => {
    const mail = { ...FAILING_STEP, activity: 'notifyCustomer' };
    expect(namesOf(exampleFacts({ workflow: openRun({ steps: [mail] }) }))).toContain('skip_step');
    expect(namesOf(exampleFacts({ workflow: openRun({ steps: [FAILING_STEP] }) }))).not.toContain(
      'skip_step',
    );
  });
});

describe('a sentence', () => {
  test('shortens the words of others, and keeps them on one line', () => {
    const lastFailure = { type: 'Error', message: `first\nsecond ${'x'.repeat(500)}` };
    const { headline } = explain(
      exampleFacts({ workflow: openRun({ steps: [{ ...FAILING_STEP, lastFailure }] }) }),
    );
    expect(headline).toContain('last: first second xxx');
    expect(headline.length).toBeLessThan(300);
  });

  test('tells many parcels by their number', () => {
    const { sentences } = explain(
      exampleFacts({ parcels: ['shipped', 'shipped', 'delivered', 'booked', 'pending'] }),
    );
    expect(sentences).toContain('Of 4 parcels 2 shipped, 1 delivered, 1 booked.');
  });

  test('tells differences with a provider', () => {
    expect(explain(exampleFacts({ openBreaks: 2 })).sentences).toContain(
      '2 differences with a provider, which nobody has explained yet.',
    );
  });

  test('says that the money may be gone when its time is over', () => {
    const facts = exampleFacts({ status: 'fulfilling', paymentStatus: 'authorized' });
    const late = { ...facts, now: '2026-11-28T00:00:00.000Z' };
    expect(explain(late).sentences).toContain('The money was held until 27 Nov 09:00.');
    expect(NOW < late.now).toBe(true);
  });
});
