/**
 * Everything that an order needs, as programs of their own: PostgreSQL, Temporal, the two providers, the mail sink and an
 * order worker. Only the HTTP service is left out: the lab speaks to workflows as it does, and hands webhooks on as it does.
 */
import { randomBytes } from 'node:crypto';
import { WithStartWorkflowOperation, type ClientInterceptors } from '@temporalio/client';
import { sql } from 'drizzle-orm';
import { createDatabase as connectDatabase, type Database } from '../../../db/client.ts';
import { createRepositories, type Repositories } from '../../../db/repositories/index.ts';
import { readEnvironment } from '../../../src/config/env.ts';
import { createTemporalClient, type TemporalClient } from '../../../src/config/temporal.ts';
import { bookingOperationKey } from '../../../src/domain/ids.ts';
import type { ReviewDecision, ScreeningTerms } from '../../../src/domain/fraud/review.ts';
import type { OrderView } from '../../../src/domain/orders/order.ts';
import type { OrderDeadlines } from '../../../src/domain/orders/waiting-state.ts';
import {
  OPERATE_ORDER_UPDATE,
  type OperateOrderInput,
  type OperateOrderResult,
  type OrderOperation,
} from '../../../src/workflows/orders/operate-order.contract.ts';
import {
  AMEND_ORDER_WORKFLOW,
  CANCEL_ORDER_UPDATE,
  ORDER_PROGRESS_QUERY,
  PAYMENT_SETTLED_SIGNAL,
  PLACE_ORDER_UPDATE,
  PRESENT_STORY,
  PROCESS_ORDER_WORKFLOW,
  REFUND_ORDER_UPDATE,
  REVIEW_ORDER_UPDATE,
  SHIPMENT_MOVED_SIGNAL,
  type AmendOrderInput,
  type CancelOrderResult,
  type OrderProgress,
  type PlaceOrderResult,
  type ProcessOrderInput,
  type ProcessOrderResult,
  type RefundOrderInput,
  type RefundOrderResult,
  type ReviewOrderInput,
  type ReviewOrderResult,
} from '../../../src/workflows/orders/process-order.contract.ts';
import { waitFor } from '../../support/stack.ts';
import { startProgram, type RunningProgram } from '../events/program.ts';
import type { Program } from '../simulators/programs.ts';
import { handOnWebhooks, startLabPrograms, type LabPrograms } from './lab-programs.ts';
import { findViolations, operationsOf, type ProviderOperation } from './violations.ts';

type ProcessOrder = (input: ProcessOrderInput) => Promise<ProcessOrderResult>;
type AmendOrder = (input: AmendOrderInput) => Promise<void>;

/** Long enough for a busy machine; what is waited for is a condition. */
const PATIENCE_MS = 30_000;
const WORKER = 'src/workers/order-worker.main.ts';

export interface PlaceOptions {
  readonly token?: string;
  readonly lines?: readonly { readonly sku: string; readonly quantity: number }[];
  readonly postalCode?: string;
  /** The customer's, before the `@`. @default one that takes everything */
  readonly mailbox?: string;
  readonly deadlines?: Partial<OrderDeadlines>;
  /** @default it is not screened */
  readonly screening?: ScreeningTerms;
  /** How long whoever asks waits for the answer, milliseconds. @default long */
  readonly answerWithinMs?: number;
  /** How long its first authorization can be captured, milliseconds. @default long, as all that follow */
  readonly firstCaptureWindowMs?: number;
  /** Whether parcels stay where they are until somebody says otherwise. @default false: they leave and arrive at once */
  readonly parcelsStay?: boolean;
  /** Temporal ends the order's run after this time. @default never */
  readonly runTimeoutMs?: number;
  /** Done before the order is placed. */
  readonly prepare?: (orderId: string) => Promise<void>;
}

export class OrderLab {
  readonly payments: Program;
  readonly carrier: Program;
  readonly mail: Program;
  readonly database: Database;
  readonly repositories: Repositories;
  readonly temporal: TemporalClient;
  readonly taskQueue: string;
  worker: RunningProgram;
  readonly #programs: LabPrograms;

  private constructor(programs: LabPrograms, worker: RunningProgram, interceptors?: ClientInterceptors) {
    this.#programs = programs;
    this.payments = programs.payments;
    this.carrier = programs.carrier;
    this.mail = programs.mail;
    this.taskQueue = programs.taskQueue;
    this.worker = worker;
    this.database = connectDatabase({ url: programs.databaseUrl, poolSize: 4 });
    this.repositories = createRepositories(this.database);
    this.temporal = createTemporalClient(readEnvironment('orderWorker', { ...programs.workerEnv }), {
      interceptors,
    });
  }

  /** Starts everything, with two locations; parcels leave and arrive at once. */
  static async start(
    workerEnv: Readonly<Record<string, string>> = {},
    interceptors?: ClientInterceptors,
  ): Promise<OrderLab> {
    const programs = await startLabPrograms(workerEnv);
    const worker = await startProgram(WORKER, programs.workerEnv);
    const lab = new OrderLab(programs, worker, interceptors);
    handOnWebhooks(programs.webhooks, lab.temporal.client, lab.taskQueue);
    await lab.carrier.send('PUT', '/control/speed', { body: { shippedAfterMs: 200, deliveredAfterMs: 200 } });
    await lab.database.query(
      'lab.locations',
      sql`INSERT INTO locations (id, name, priority) VALUES ('main', 'Main', 1), ('west', 'West', 2)`,
    );
    return lab;
  }

  /** What its order worker was started with, for further programs beside it. */
  get environment(): Readonly<Record<string, string>> {
    return this.#programs.workerEnv;
  }

  async stop(): Promise<void> {
    await this.worker.kill();
    await this.temporal.close();
    await this.database.close();
    await this.#programs.stop();
  }

  /** `kill -9`, and a new worker. */
  async crashWorker(): Promise<void> {
    await this.worker.kill();
    await this.startWorker();
  }

  async startWorker(): Promise<void> {
    this.worker = await startProgram(WORKER, this.#programs.workerEnv);
  }

  /** Ends every connection of the worker as a server does that is restarted. */
  async cutDatabaseConnections(): Promise<void> {
    await this.database.query(
      'lab.cut',
      sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'order-saga-worker'`,
    );
  }

  /** What is wrong in the database, and between it and the providers. */
  violations(): Promise<string[]> {
    return findViolations(this.database, this.#programs);
  }

  /** An item at 3.70 of which so much lies at each location. @returns its sku */
  async stock(main: number, west = 0): Promise<string> {
    const sku = `SKU-${randomBytes(5).toString('hex')}`;
    const prices = [{ amountMinor: 370, currency: 'GBP' }];
    await this.repositories.inventory.putItem({
      sku,
      name: `Mug ${sku}`,
      prices,
      weightGrams: 300,
      active: true,
    });
    for (const [locationId, quantity] of Object.entries({ main, west })) {
      if (quantity === 0) continue;
      const adjustmentId = `adj_${sku}_${locationId}`;
      await this.repositories.inventory.adjust({
        adjustmentId,
        sku,
        locationId,
        quantity,
        reason: 'received',
        actor: 'lab',
      });
    }
    return sku;
  }

  /** On hand and reserved over all locations, as `<on hand>/<reserved>`. */
  async shelf(sku: string): Promise<string> {
    const view = await this.repositories.inventory.findInventory(sku);
    return `${view?.onHand ?? 0}/${view?.reserved ?? 0}`;
  }

  untilShelf(sku: string, expected: string): Promise<boolean> {
    return waitFor(async () => (await this.shelf(sku)) === expected, {
      timeoutMs: PATIENCE_MS,
      what: `${sku} to be ${expected}`,
    });
  }

  untilMailed(orderId: string, subject: string): Promise<boolean> {
    return waitFor(async () => (await this.mails(orderId)).includes(subject), {
      timeoutMs: PATIENCE_MS,
      what: `a mail "${subject}"`,
    });
  }

  /** Starts an order as the HTTP service does. `outcome` settles with the placeOrder update. */
  async place(options: PlaceOptions = {}): Promise<{ orderId: string; outcome: Promise<PlaceOrderResult> }> {
    const orderId = `ord_${randomBytes(13).toString('hex')}`;
    const input = await this.input(orderId, options);
    if (options.firstCaptureWindowMs !== undefined) {
      await this.captureWindow(orderId, options.firstCaptureWindowMs, 1);
    }
    await options.prepare?.(orderId);
    if (options.parcelsStay === true) await this.speed(orderId, 600_000, 600_000);
    const outcome = this.temporal.client.workflow.executeUpdateWithStart<ProcessOrder, PlaceOrderResult, []>(
      PLACE_ORDER_UPDATE,
      {
        updateId: `place-${orderId}`,
        args: [],
        startWorkflowOperation: new WithStartWorkflowOperation(PROCESS_ORDER_WORKFLOW, {
          workflowId: orderId,
          taskQueue: this.taskQueue,
          args: [input],
          workflowIdConflictPolicy: 'USE_EXISTING',
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          ...(options.runTimeoutMs === undefined ? {} : { workflowRunTimeout: options.runTimeoutMs }),
        }),
      },
    );
    outcome.catch(() => undefined);
    return { orderId, outcome };
  }

  async input(orderId: string, options: PlaceOptions): Promise<ProcessOrderInput> {
    const lines = options.lines ?? [{ sku: await this.stock(10), quantity: 3 }];
    return {
      orderId,
      story: PRESENT_STORY,
      principalId: 'key:lab',
      fingerprint: `fingerprint-${orderId}`,
      customerId: 'cus_lab',
      currency: 'GBP',
      totalMinor: lines.reduce((sum, line) => sum + line.quantity * 370, 0),
      lines: lines.map((line, index) => ({ ...line, lineId: `${index + 1}`, unitPriceMinor: 370 })),
      payment: { method: 'card', token: options.token ?? 'tok_visa' },
      shipTo: {
        name: 'Jane Doe',
        line1: '1 High Street',
        city: 'Leeds',
        postalCode: options.postalCode ?? 'LS1 1UR',
        country: 'GB',
      },
      contact: { email: `${options.mailbox ?? orderId}@example.com` },
      correlationId: `req-${orderId}`,
      screening: options.screening ?? null,
      answerWithinMs: options.answerWithinMs ?? 600_000,
      deadlines: {
        shipWithinMs: 60_000,
        deliverWithinMs: 60_000,
        returnWindowMs: 200,
        renewHoldBeforeMs: 3_600_000,
        ...options.deadlines,
      },
    };
  }

  cancel(orderId: string, requestId = `req-cancel-${orderId}`): Promise<CancelOrderResult> {
    return this.temporal.client.workflow
      .getHandle(orderId)
      .executeUpdate<CancelOrderResult, [object]>(CANCEL_ORDER_UPDATE, {
        args: [{ actor: 'key:lab', requestId, reason: 'customer_request' }],
        updateId: requestId,
      });
  }

  /** What the fraud scorer of the lab's worker says of an order; a lab has one when it was started with its address. */
  async score(orderId: string, score: number): Promise<void> {
    const response = await fetch(`${this.environment['FRAUD_SCORE_URL']}/control/scores`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ orderId, score }),
    });
    if (!response.ok) throw new Error(`the score was answered ${response.status}`);
  }

  /** Decides about an order under review. */
  review(
    orderId: string,
    decision: ReviewDecision,
    requestId = `req-review-${orderId}`,
  ): Promise<ReviewOrderResult> {
    return this.temporal.client.workflow
      .getHandle(orderId)
      .executeUpdate<ReviewOrderResult, [ReviewOrderInput]>(REVIEW_ORDER_UPDATE, {
        args: [{ decision, reason: 'looked at', actor: 'key:lab', requestId }],
        updateId: requestId,
      });
  }

  /** Asks for a cancellation without waiting for what comes of it. */
  async askToCancel(orderId: string): Promise<void> {
    await this.temporal.client.workflow.getHandle(orderId).startUpdate(CANCEL_ORDER_UPDATE, {
      args: [{ actor: 'key:lab', requestId: `req-cancel-${orderId}`, reason: 'customer_request' }],
      waitForStage: 'ACCEPTED',
    });
  }

  /** Asks the order's own run, or once it has closed a run that amends it. */
  refund(orderId: string, request: Partial<RefundOrderInput>): Promise<RefundOrderResult> {
    const refundId = request.refundId ?? `ref_${randomBytes(13).toString('hex')}`;
    const input: RefundOrderInput = {
      refundId,
      actor: 'key:lab',
      requestId: `req-${refundId}`,
      by: { amountMinor: 100 },
      reason: 'damaged',
      restock: false,
      ...request,
    };
    return this.#amend(orderId, REFUND_ORDER_UPDATE, refundId, input);
  }

  /** As an operator does, by the order's own run, or once it has closed by one that amends it. */
  operate(
    orderId: string,
    operation: OrderOperation,
    actionId = `act_${randomBytes(13).toString('hex')}`,
  ): Promise<OperateOrderResult> {
    const input: OperateOrderInput = { actionId, operation, actor: 'key:lab', requestId: `req-${actionId}` };
    return this.#amend(orderId, OPERATE_ORDER_UPDATE, actionId, input);
  }

  #amend<Result, Input>(orderId: string, update: string, updateId: string, input: Input): Promise<Result> {
    const amend: AmendOrderInput = { orderId, correlationId: `req-${orderId}` };
    return this.temporal.client.workflow.executeUpdateWithStart<AmendOrder, Result, [Input]>(update, {
      updateId,
      args: [input],
      startWorkflowOperation: new WithStartWorkflowOperation(AMEND_ORDER_WORKFLOW, {
        workflowId: orderId,
        taskQueue: this.taskQueue,
        args: [amend],
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      }),
    });
  }

  signalMoved(orderId: string, shipmentId: string, status: 'shipped' | 'delivered', messageId: string) {
    return this.temporal.client.workflow
      .getHandle(orderId)
      .signal(SHIPMENT_MOVED_SIGNAL, { shipmentId, status, messageId });
  }

  signalSettled(orderId: string, operationKey: string): Promise<void> {
    return this.temporal.client.workflow
      .getHandle(orderId)
      .signal(PAYMENT_SETTLED_SIGNAL, { operationKey, messageId: `evt_${operationKey}` });
  }

  progress(orderId: string): Promise<OrderProgress> {
    return this.temporal.client.workflow.getHandle(orderId).query<OrderProgress>(ORDER_PROGRESS_QUERY);
  }

  async order(orderId: string): Promise<OrderView> {
    const found = await this.repositories.orderReads.find(orderId);
    if (found === null) throw new Error(`There is no order ${orderId}`);
    return found.view;
  }

  /** Waits until the order is as `is` says. */
  async until(
    orderId: string,
    what: string,
    is: (order: OrderView) => boolean,
    timeoutMs = PATIENCE_MS,
  ): Promise<OrderView> {
    return waitFor(
      async () => {
        const order = await this.order(orderId);
        return is(order) ? order : null;
      },
      { timeoutMs, what: `order ${orderId} to be ${what}` },
    );
  }

  untilStatus(orderId: string, status: OrderView['status'], timeoutMs?: number): Promise<OrderView> {
    return this.until(orderId, status, (order) => order.status === status, timeoutMs);
  }

  /** Waits until the order's workflow has closed. */
  async untilClosed(orderId: string): Promise<void> {
    await this.temporal.client.workflow.getHandle(orderId).result();
  }

  /** Types of the order's events without the common prefix; fails when their numbers have a gap. */
  async events(orderId: string): Promise<string[]> {
    const events = await this.repositories.orderReads.events(orderId, 0, 1000);
    events.forEach((event, index) => {
      if (event.sequence !== index + 1) throw new Error(`Event ${index + 1} of ${orderId} is missing`);
    });
    return events.map((event) => event.type.replace(/^commerce\.|\.v1$/g, ''));
  }

  operations(program: Program, orderId: string): Promise<ProviderOperation[]> {
    return operationsOf(program, orderId);
  }

  /** Where the carrier says that an order's parcels are. */
  async parcels(orderId: string): Promise<string[]> {
    const { shipments } = await this.repositories.orders.readFulfilment(orderId);
    const found = await Promise.all(
      shipments.map(({ shipmentId, bookingAttempt }) =>
        this.carrier.send('GET', `/v1/bookings/by-key/${bookingOperationKey(shipmentId, bookingAttempt)}`),
      ),
    );
    return found.map(({ json }) => (json as { status: string }).status);
  }

  /** What the payment provider really did for an order, in order, for example `authorize succeeded 1110`. */
  async moneyMoves(orderId: string): Promise<string[]> {
    const operations = await this.operations(this.payments, orderId);
    return operations.map(({ operation, status, amountMinor }) => `${operation} ${status} ${amountMinor}`);
  }

  /** Waits until the payment provider has done just that. */
  untilMoved(orderId: string, moves: readonly string[]): Promise<boolean> {
    return waitFor(async () => JSON.stringify(await this.moneyMoves(orderId)) === JSON.stringify(moves), {
      timeoutMs: PATIENCE_MS,
      what: moves.join(', '),
    });
  }

  async faults(program: Program, rules: readonly object[]): Promise<void> {
    await program.send('POST', '/control/faults', { body: { rules } });
  }

  /** Waits until every fault that is set, for one order or at all, has happened as often as it should. */
  untilFaultsAreUsed(program: Program, orderId?: string): Promise<boolean> {
    return waitFor(
      async () => {
        const { json } = await program.send('GET', '/control/faults');
        const { rules } = json as { rules: { orderId?: string }[] };
        return !rules.some((rule) => orderId === undefined || rule.orderId === orderId);
      },
      { timeoutMs: PATIENCE_MS, what: 'every fault to happen' },
    );
  }

  /** For the next authorizations of an order; all of them when it is not said how many. */
  async captureWindow(orderId: string, captureWindowMs: number, times = -1): Promise<void> {
    await this.payments.send('PUT', '/control/capture-window', { body: { orderId, captureWindowMs, times } });
  }

  async liftFaults(program: Program, orderId: string): Promise<void> {
    await program.send('DELETE', `/control/faults?orderId=${orderId}`);
  }

  async speed(orderId: string, shippedAfterMs: number, deliveredAfterMs: number): Promise<void> {
    await this.carrier.send('PUT', '/control/speed', { body: { orderId, shippedAfterMs, deliveredAfterMs } });
  }

  /** Subjects of the mails about an order, the oldest first, without the order's id. */
  async mails(orderId: string): Promise<string[]> {
    const { json } = await this.mail.send('GET', `/api/messages?to=${orderId}@example.com`);
    const { items } = json as { items: { subject: string }[] };
    return items.map(({ subject }) => subject.replace(/ \(ord_\w+\)$/, '')).toReversed();
  }
}
