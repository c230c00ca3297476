/**
 * What the workflow of an order keeps in mind: where the order stands, what has been promised to whom, and what to undo.
 */
import {
  CancellationScope,
  condition,
  setCurrentDetails,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { NotifyCustomerInput } from '../../activities/notifications/notify-customer.activity.ts';
import { eventId } from '../../domain/ids.ts';
import type { Cause } from '../../domain/events/event.ts';
import { MOST_STEPS_SHOWN, runDetails, type AnnouncedStep } from '../../domain/operations/run-details.ts';
import { standingAttributes } from '../../domain/operations/search-attributes.ts';
import type { OrderStatus, PaymentStatus } from '../../domain/orders/order-status.ts';
import { ParcelTracking } from '../../domain/shipping/parcel-tracking.ts';
import { AttentionBoard } from '../shared/attention-board.ts';
import { Mutex } from '../shared/mutex.ts';
import { Saga } from '../shared/saga.ts';
import { sendMail } from './order-mails.ts';
import { isInterruption, refusalIn, Steps } from '../shared/steps.ts';
import type { OrderToScreen } from './order-screening.ts';
import { ReviewDesk } from './review-desk.ts';
import type {
  CancelOrderInput,
  CancelOrderResult,
  OrderProgress,
  PlaceOrderDecision,
  ProcessOrderInput,
} from './process-order.contract.ts';

/** Between two holds of which the first had ended before anything could be done with it. */
const RENEWAL_PAUSE_MS = 60_000;

/** What is later than this stands for never. */
const LAST_TIME_MS = Date.UTC(9999, 0);

/** A cancellation that was asked for, and what became of it. */
interface Cancellation {
  readonly request: CancelOrderInput;
  answer: CancelOrderResult | null;
}

/** What an activity says about where the order stands. */
interface Standing {
  readonly status: OrderStatus;
  readonly version: number;
  /** Absent in histories of the time before it was told. */
  readonly paymentStatus?: PaymentStatus | undefined;
}

/** Why a mail goes out once more: the action by which an operator asked for it. */
type Resent = Pick<NotifyCustomerInput, 'resendId'>;

/** What the story needs of an order that is written down. */
export type OrderStoryInput = Pick<
  ProcessOrderInput,
  | 'orderId'
  | 'story'
  | 'isSearchable'
  | 'fingerprint'
  | 'currency'
  | 'totalMinor'
  | 'correlationId'
  | 'deadlines'
  | 'answerWithinMs'
> & {
  /** Null where it is not known any more: then nothing new can be authorized. */
  readonly payment: { readonly token: string | null };
};

export class OrderRun {
  readonly input: OrderStoryInput;
  readonly attention: AttentionBoard;
  readonly steps: Steps;
  readonly saga = new Saga((error) => refusalIn(error) !== null);
  readonly parcels: ParcelTracking;
  /** Null for an order that is not screened. */
  readonly toScreen: OrderToScreen | null;
  readonly review: ReviewDesk;
  /** Whether what comes after the answer is tried as a local activity first. */
  readonly isQuickAfterAnswer: boolean;
  status: OrderStatus = 'placed';
  /** The present hold on the money: its number, and the workflow time by which it is to be taken anew, milliseconds. */
  readonly hold = { attempt: 1, endsMs: Number.POSITIVE_INFINITY };
  /** The last attempt to book its parcels that was begun, and whether the carrier has refused it and nobody has corrected that. */
  readonly booking = { attempt: 1, isRefused: false };
  /** Whether what the carrier has refused can be corrected; an order of an older story can only be cancelled then. */
  readonly isCorrectable: boolean;
  /** A provider has refused for good: what is taken waits to be given back. */
  onlyCancellationHelps = false;
  /** The answer of the placeOrder update, or the error that it ends with. */
  decision: PlaceOrderDecision | Error | null = null;
  /** Workflow time by which the carrier must have every parcel, milliseconds. */
  shipByMs = Number.MAX_SAFE_INTEGER;
  /** Whether an operator lets no further step begin. */
  isHeld = false;
  /** False while a run that takes the order up has not learned yet what the lost one had done. */
  isKnown = true;
  /** It ends before it was confirmed. */
  isRejecting = false;
  #version = 0;
  #step = 'received';
  #paymentStatus: PaymentStatus = 'none';
  readonly #steps: AnnouncedStep[] = [];
  readonly #done = new Set<string>();
  #cancellation: Cancellation | null = null;
  #isCancellable = true;
  #interrupt: () => void = () => undefined;
  #underWay = 0;
  /** Operators' changes of the order that are being written. */
  #changes = 0;
  readonly #mails = new Mutex();

  constructor(input: OrderStoryInput, toScreen: OrderToScreen | null = null) {
    this.input = input;
    this.toScreen = toScreen;
    this.review = new ReviewDesk(toScreen !== null);
    this.attention = new AttentionBoard(
      input.orderId,
      () => this.cause(),
      () => this.show(),
    );
    this.steps = new Steps(this.attention, { quickOnesTakeTurns: (input.story ?? 1) >= 5 });
    this.parcels = new ParcelTracking(input.orderId);
    this.isQuickAfterAnswer = (input.story ?? 1) >= 2;
    this.isCorrectable = (input.story ?? 1) >= 4;
  }

  /** The order, and what caused its next change: a message's id, or else the event before it. */
  reference(messageId?: string): { readonly orderId: string; readonly cause: Cause } {
    return { orderId: this.input.orderId, cause: this.cause(messageId) };
  }

  cause(messageId?: string): Cause {
    const { orderId, correlationId } = this.input;
    const last = this.#version === 0 ? correlationId : eventId(orderId, this.#version);
    return { correlationId, causationId: messageId ?? last };
  }

  /**
   * Says, for people, what is being done.
   * @param untilMs workflow time at which it goes on by itself, or a person is told
   */
  announce(step: string, untilMs: number | null = null): void {
    this.#step = step;
    const isATime = untilMs !== null && untilMs < LAST_TIME_MS;
    this.#steps.push({ name: step, atMs: Date.now(), untilMs: isATime ? untilMs : null });
    if (this.#steps.length > MOST_STEPS_SHOWN) this.#steps.shift();
    this.#tellDetails();
  }

  /**
   * Tells where the order stands to whoever searches. Each time is an event of the history and a write of the server's index, so
   * it is done only where an order is about to wait for long, calls a person, or ends.
   */
  show(): void {
    this.#tellDetails();
    if (this.input.isSearchable !== true) return;
    upsertSearchAttributes(
      standingAttributes({
        status: this.status,
        paymentStatus: this.#paymentStatus,
        attentionCode: this.attention.code,
        step: this.#step,
        stepSinceMs: this.#steps.at(-1)?.atMs ?? Date.now(),
      }),
    );
  }

  #tellDetails(): void {
    const { status, attention } = this;
    setCurrentDetails(runDetails({ status, steps: this.#steps, attentionCode: attention.code }));
  }

  /** Takes over where the order stands. */
  stands(standing: Standing): void {
    this.status = standing.status;
    this.#paymentStatus = standing.paymentStatus ?? this.#paymentStatus;
    this.#version = Math.max(this.#version, standing.version);
  }

  /**
   * The money is held until then, or for as long as nobody says otherwise. The hold is taken anew before that, but not
   * before half its time is over, however short it is.
   *
   * @param captureBefore RFC 3339; null when the provider does not say, or when nothing is held any more
   */
  holdsMoneyUntil(captureBefore: string | null): void {
    const leftMs = captureBefore === null ? Number.POSITIVE_INFINITY : Date.parse(captureBefore) - Date.now();
    const marginMs = Math.min(this.input.deadlines.renewHoldBeforeMs, leftMs / 2);
    // One that has ended when its making is heard of is taken anew as well, but not as fast as that could go on.
    this.hold.endsMs = Date.now() + (leftMs > 0 ? leftMs - marginMs : RENEWAL_PAUSE_MS);
  }

  /** The hold before is gone; the next one has a number, and with it operation keys, of its own. */
  takesAnotherHold(): void {
    this.hold.attempt += 1;
    this.hold.endsMs = Number.POSITIVE_INFINITY;
  }

  /** Runs a part of the story unless it is done already, so that the story can be taken up where it was interrupted. */
  async once(name: string, part: () => Promise<void>): Promise<void> {
    if (this.#done.has(name)) return;
    await part();
    this.#done.add(name);
  }

  /** Whether a part of the story is behind it. */
  hasDone(name: string): boolean {
    return this.#done.has(name);
  }

  /** Whether the next step has to wait for an operator: until the order is released, or until a change of it is written. */
  get isStopped(): boolean {
    return this.isHeld || this.#changes > 0;
  }

  /** Writes an operator's change of the order; no step begins before that is done. */
  async change<Result>(write: () => Promise<Result>): Promise<Result> {
    this.#changes += 1;
    try {
      return await write();
    } finally {
      this.#changes -= 1;
    }
  }

  /** Answers the placeOrder update, once. */
  decide(outcome: PlaceOrderDecision['outcome'], rejection: PlaceOrderDecision['rejection'] = null): void {
    this.decision ??= { fingerprint: this.input.fingerprint, outcome, rejection };
  }

  /** Runs something beside the story; the workflow does not end before it. A cancellation does not reach it. */
  alongside(work: () => Promise<void>): void {
    this.#underWay += 1;
    void CancellationScope.nonCancellable(work).finally(() => (this.#underWay -= 1));
  }

  /**
   * Mails the customer beside the story: a mail server that is away holds no parcel up. Mails go out in the order of what
   * they tell, also when one of them has to be tried again.
   */
  mail(template: NotifyCustomerInput['template'], subjectId = '1', resent: Resent = {}): void {
    const input = { orderId: this.input.orderId, template, subjectId, ...resent };
    const quickly = this.isQuickAfterAnswer;
    this.alongside(() => this.#mails.run(() => sendMail(this.steps, input, { quickly })));
  }

  get isIdle(): boolean {
    return this.#underWay === 0;
  }

  get progress(): OrderProgress {
    return {
      step: this.#step,
      status: this.status,
      cancelRequested: this.#cancellation !== null,
      attentionCode: this.attention.code,
    };
  }

  /** Whether the order is on its way to an end without goods. */
  get isGivenUp(): boolean {
    return this.onlyCancellationHelps || this.isRejecting || this.#cancellation !== null;
  }

  /** Why the order is being cancelled; null when nobody asked. */
  get cancelRequest(): CancelOrderInput | null {
    return this.#cancellation?.request ?? null;
  }

  /** Asks for a cancellation and waits until it is decided. A second one waits for what the first one gets. */
  async askToCancel(request: CancelOrderInput): Promise<CancelOrderResult> {
    if (!this.#isCancellable) return this.#finalAnswer();
    const cancellation = (this.#cancellation ??= { request, answer: null });
    this.#interrupt();
    await condition(() => cancellation.answer !== null);
    return cancellation.answer ?? this.#finalAnswer();
  }

  /** The order cannot go on: it is cancelled as if somebody had asked for it. Ends the part of the story that calls it. */
  async cancelByItself(reason: string): Promise<never> {
    const request = { reason, actor: 'workflow', requestId: this.cause().causationId };
    this.#cancellation ??= { request, answer: null };
    this.#interrupt();
    return CancellationScope.current().cancelRequested;
  }

  /** Runs the part of the story that a cancellation ends: steps that talk to somebody finish, all else stops at once. */
  async untilCancelled(part: () => Promise<void>): Promise<'done' | 'cancelled'> {
    if (this.#cancellation !== null) return 'cancelled';
    const scope = new CancellationScope();
    this.#interrupt = () => scope.cancel();
    try {
      await scope.run(part);
      return 'done';
    } catch (error) {
      if (this.cancelRequest !== null && isInterruption(error)) return 'cancelled';
      throw error;
    } finally {
      this.#interrupt = () => undefined;
    }
  }

  /** The cancellation came too late: whoever asked is told, and the order goes on. */
  refuseCancellation(): void {
    if (this.#cancellation !== null) this.#cancellation.answer = { kind: 'refused', status: 'shipped' };
    this.#cancellation = null;
  }

  /** From here on nobody can cancel; whoever asked is told how it ended. */
  endCancellability(): void {
    this.#isCancellable = false;
    if (this.#cancellation !== null) this.#cancellation.answer = this.#finalAnswer();
  }

  #finalAnswer(): CancelOrderResult {
    if (this.status === 'cancelled') return { kind: 'cancelled' };
    // A parcel of several has left, which the status shows with the last one only.
    const status = this.status === 'fulfilling' || this.status === 'confirmed' ? 'shipped' : this.status;
    return { kind: 'refused', status };
  }
}
