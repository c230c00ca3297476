/**
 * Takes refunds of an order whose own run has closed, what an operator can still do then, and news of refunds that have failed
 * after all. It runs under the order's workflow id, so there is still one writer for
 * each order, and ends as soon as nobody wants anything more of it.
 */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  defineSignal,
  setHandler,
} from '@temporalio/workflow';
import { AttentionBoard } from '../shared/attention-board.ts';
import { Steps } from '../shared/steps.ts';
import {
  PAYMENT_SETTLED_SIGNAL,
  type AmendOrderInput,
  type PaymentSettled,
} from './process-order.contract.ts';
import { takeOperations, type SendMail } from './operations.ts';
import { sendMail } from './order-mails.ts';
import { takeRefunds } from './refunds.ts';

/** The request that starts this workflow comes with it; one that was started by hand waits this long. */
const LONGEST_WAIT_FOR_A_REQUEST = '1 minute';

const paymentSettled = defineSignal<[PaymentSettled]>(PAYMENT_SETTLED_SIGNAL);

export async function amendOrder(input: AmendOrderInput): Promise<void> {
  const { orderId, correlationId } = input;
  const steps = new Steps(new AttentionBoard(orderId, () => ({ correlationId, causationId: correlationId })));
  let requests = 0;
  let mailsUnderWay = 0;
  const mail: SendMail = (template, subjectId, resent) => {
    mailsUnderWay += 1;
    void sendMail(steps, { orderId, template, subjectId, ...resent }).finally(() => (mailsUnderWay -= 1));
  };
  const onRequest = (): void => {
    requests += 1;
  };
  const notifyRefunded = (refundId: string): void => mail('refunded', refundId);
  takeRefunds({ orderId, correlationId, steps, notifyRefunded, onRequest });
  takeOperations({ orderId, steps, mail, onRequest, story: null });
  setHandler(paymentSettled, ({ operationKey }) => steps.operationSettled(operationKey));
  await CancellationScope.nonCancellable(async () => {
    if (requests === 0) await condition(() => requests > 0, LONGEST_WAIT_FOR_A_REQUEST);
    await condition(() => mailsUnderWay === 0 && allHandlersFinished());
  });
}
