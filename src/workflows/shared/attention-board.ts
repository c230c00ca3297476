/** Tells people that an order needs them, and that it no longer does. The order remembers the causes; this counts who says so. */
import { CancellationScope, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import type { Cause } from '../../domain/events/event.ts';
import { ATTENTION_MESSAGES, type AttentionCode } from '../../domain/orders/attention.ts';
import { Mutex } from './mutex.ts';

const activities = proxyActivities<Pick<Activities, 'raiseAttention' | 'clearAttention'>>({
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
});

export class AttentionBoard {
  readonly #orderId: string;
  readonly #cause: () => Cause;
  readonly #onChange: () => void;
  /** What is wrong, and how many parts of the workflow say so; the newest last. */
  readonly #raised = new Map<AttentionCode, number>();
  readonly #mutex = new Mutex();

  /** @param onChange told when a cause has come or gone @default nobody */
  constructor(orderId: string, cause: () => Cause, onChange: () => void = () => undefined) {
    this.#orderId = orderId;
    this.#cause = cause;
    this.#onChange = onChange;
  }

  /** The newest cause that this run has raised. */
  get code(): AttentionCode | null {
    return [...this.#raised.keys()].at(-1) ?? null;
  }

  /** @param more what is known of this case, added to the text */
  async raise(code: AttentionCode, more?: string): Promise<void> {
    const others = this.#raised.get(code) ?? 0;
    this.#raised.set(code, others + 1);
    if (others > 0) return;
    const text = ATTENTION_MESSAGES[code];
    const message = more === undefined ? text : `${text} ${more}`;
    await this.#write(() =>
      activities.raiseAttention({ orderId: this.#orderId, cause: this.#cause(), code, message }),
    );
  }

  /** Each clear ends one raise; the last one takes it off the order. */
  async clear(code: AttentionCode): Promise<void> {
    const others = (this.#raised.get(code) ?? 0) - 1;
    if (others > 0) {
      this.#raised.set(code, others);
      return;
    }
    this.#raised.delete(code);
    await this.#write(() =>
      activities.clearAttention({ orderId: this.#orderId, cause: this.#cause(), code }),
    );
  }

  #write(write: () => Promise<unknown>): Promise<void> {
    return this.#mutex.run(() =>
      CancellationScope.nonCancellable(async () => {
        await write();
        this.#onChange();
      }),
    );
  }
}
