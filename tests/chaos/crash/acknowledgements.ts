/** Tells when Temporal has written down that an activity of an order is done: from then on it is never repeated. */
import { Connection } from '@temporalio/client';
import { z } from 'zod';
import { waitFor } from '../../../embedded/wait-for.ts';
import type { StackAddresses } from '../../support/stack.ts';

const PATIENCE_MS = 900_000;
const LOCAL_ACTIVITY_MARKER = 'core_local_activity';
const markerData = z.object({ activity_type: z.string() });

export class Acknowledgements {
  readonly #connection: Connection;

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  static async connect({ temporalAddress }: StackAddresses): Promise<Acknowledgements> {
    return new Acknowledgements(await Connection.connect({ address: temporalAddress }));
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  /** A server that is away meanwhile is waited for. */
  async untilDone(orderId: string, activity: string): Promise<void> {
    await waitFor(async () => (await this.#doneActivities(orderId)).includes(activity), {
      timeoutMs: PATIENCE_MS,
      intervalMs: 20,
      what: `${activity} of ${orderId} to be acknowledged`,
    });
  }

  /** Whether the newest run of the order has closed. */
  async untilClosed(orderId: string): Promise<void> {
    await waitFor(
      async () => {
        const { workflowExecutionInfo } = await this.#connection.workflowService.describeWorkflowExecution({
          namespace: 'default',
          execution: { workflowId: orderId },
        });
        return workflowExecutionInfo?.closeTime;
      },
      { timeoutMs: PATIENCE_MS, intervalMs: 100, what: `the workflow of ${orderId} to close` },
    );
  }

  /** Of all runs of the order: what happens after it is over happens in runs of their own, and is soon not the newest. */
  async #doneActivities(orderId: string): Promise<string[]> {
    const { executions } = await this.#connection.workflowService.listWorkflowExecutions({
      namespace: 'default',
      query: `WorkflowId = '${orderId}'`,
    });
    const done = await Promise.all(
      executions.map(({ execution }) => this.#doneIn(orderId, execution?.runId ?? '')),
    );
    return done.flat();
  }

  async #doneIn(workflowId: string, runId: string): Promise<string[]> {
    const { history } = await this.#connection.workflowService.getWorkflowExecutionHistory({
      namespace: 'default',
      execution: { workflowId, runId },
    });
    const typeOf = new Map<string, string>();
    const done: string[] = [];
    for (const event of history?.events ?? []) {
      const scheduled = event.activityTaskScheduledEventAttributes?.activityType?.name;
      if (typeof scheduled === 'string') typeOf.set(String(event.eventId), scheduled);
      const completed = event.activityTaskCompletedEventAttributes?.scheduledEventId;
      if (completed) done.push(typeOf.get(String(completed)) ?? '');
      const marker = event.markerRecordedEventAttributes;
      if (marker?.markerName !== LOCAL_ACTIVITY_MARKER || marker.failure) continue;
      const data = marker.details?.['data']?.payloads?.[0]?.data;
      if (data) done.push(markerData.parse(JSON.parse(Buffer.from(data).toString())).activity_type);
    }
    return done;
  }
}
