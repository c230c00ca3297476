/** Where a person's decision about an order meets the story that waits for it. */
import { condition } from '@temporalio/workflow';
import type { ReviewDecision } from '../../domain/fraud/review.ts';
import type { ReviewOrderInput, ReviewOrderResult } from './process-order.contract.ts';

export class ReviewDesk {
  #isOpen = false;
  #isOver: boolean;
  #taken: ReviewOrderInput | null = null;
  #recorded: ReviewDecision | null = null;

  /** @param canCome whether the order is screened, so that a review can come */
  constructor(canCome: boolean) {
    this.#isOver = !canCome;
  }

  /**
   * What a person has decided. The first one counts. One that comes while the order is being screened waits for what comes of
   * that; when a workflow task was lost, a decision is handed out together with what it is about.
   */
  async decide(request: ReviewOrderInput): Promise<ReviewOrderResult> {
    await condition(() => this.#isOpen || this.#isOver);
    if (this.#isOver || this.#taken !== null) return { kind: 'refused' };
    this.#taken = request;
    await condition(() => this.#recorded !== null || this.#isOver);
    return this.#recorded === null ? { kind: 'refused' } : { kind: 'decided', decision: this.#recorded };
  }

  /** Waits for a decision. @returns null when nobody has decided in time; from then on it is too late */
  async untilDecided(withinMs: number): Promise<ReviewOrderInput | null> {
    this.#isOpen = true;
    try {
      await condition(() => this.#taken !== null, withinMs, { summary: 'The review ends by now' });
    } finally {
      this.#isOpen = false;
    }
    return this.#taken;
  }

  /** What was decided is written down, and whoever decided it is told. */
  answer(decision: ReviewDecision): void {
    this.#recorded = decision;
  }

  /** There is nothing to decide, or not any more. */
  close(): void {
    this.#isOver = true;
  }
}
