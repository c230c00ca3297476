/** Orders that screening lets pass, refuses, or leaves to a person. */
import type { OrderLab, PlaceOptions } from '../../integration/workflow/order-lab.ts';
import type { Branch } from './walks.ts';

/** Starts an order that screening holds for a person, or refuses. */
async function scored(lab: OrderLab, score: number, options: PlaceOptions = {}): Promise<string> {
  const { orderId, outcome } = await lab.place({
    screening: { reviewDefault: 'reject' },
    ...options,
    prepare: (id) => lab.score(id, score),
  });
  await outcome;
  return orderId;
}

export const SCREENED: Readonly<Record<string, Branch>> = {
  'screening-passed': async (lab) => {
    const orderId = await scored(lab, 0.2);
    await lab.untilClosed(orderId);
    return { orderId };
  },
  'screening-refused': async (lab) => {
    const orderId = await scored(lab, 0.9);
    await lab.untilClosed(orderId);
    return { orderId };
  },
  'review-approved': async (lab) => {
    const orderId = await scored(lab, 0.7);
    await lab.review(orderId, 'approve');
    await lab.untilClosed(orderId);
    return { orderId };
  },
  'review-rejected': async (lab) => {
    const orderId = await scored(lab, 0.7);
    await lab.review(orderId, 'reject');
    await lab.untilClosed(orderId);
    return { orderId };
  },
  'told-by-mail-that-it-is-rejected': async (lab) => {
    const orderId = await scored(lab, 0.7, { answerWithinMs: 60_000 });
    await lab.review(orderId, 'reject');
    await lab.untilClosed(orderId);
    return { orderId };
  },
  'review-expired': async (lab) => {
    const orderId = await scored(lab, 0.7, { deadlines: { reviewWithinMs: 300 } });
    await lab.untilClosed(orderId);
    return { orderId };
  },
  'cancelled-while-in-review': async (lab) => {
    const orderId = await scored(lab, 0.7);
    await lab.cancel(orderId);
    await lab.untilClosed(orderId);
    return { orderId };
  },
};
