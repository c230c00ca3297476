import { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns';
import type { OrderEvent } from '../../domain/events/event.ts';
import type { QueuedEvent } from '../../domain/events/queued-event.ts';
import { awsClientOptions, type AwsEndpoint } from './aws-client-options.ts';
import type { EventPublisherPort, PublishFailure, PublishResult } from './event-publisher.port.ts';
import { MAX_BATCH_BYTES, toBatches, toEntry, toWaves, type PublishEntry } from './publish-plan.ts';

/** Calls under way at the same time; they never hold events of the same order. */
const CONCURRENT_CALLS = 4;

export interface SnsEventPublisherOptions extends AwsEndpoint {
  readonly topicArn: string;
  /** How long one call may take; it is tried twice. @default 3000 */
  readonly requestTimeoutMs?: number;
}

interface BatchOutcome {
  readonly acceptedIds: readonly string[];
  readonly failures: readonly PublishFailure[];
  /** The call as a whole did not succeed: the next one would not either. */
  readonly brokerIsAway: boolean;
}

/**
 * Publishes to an SNS FIFO topic by PublishBatch. A call that times out may have been accepted: it counts as not published
 * and is repeated with the same deduplication id, which SNS drops within five minutes and consumers drop for ever.
 */
export function createSnsEventPublisher(options: SnsEventPublisherOptions): EventPublisherPort {
  const client = new SNSClient(awsClientOptions(options, options.requestTimeoutMs ?? 3000));

  const publishBatch = async (entries: readonly PublishEntry[]): Promise<BatchOutcome> => {
    const [first] = entries;
    if (first && first.sizeBytes > MAX_BATCH_BYTES) {
      const message = `the event has ${first.sizeBytes} bytes and ${MAX_BATCH_BYTES} are allowed`;
      return {
        acceptedIds: [],
        failures: [failureOf(first.event, 'refused', message)],
        brokerIsAway: false,
      };
    }
    try {
      return outcomeOf(entries, await client.send(toCommand(options.topicArn, entries)));
    } catch (error) {
      const failures = entries.map(({ event }) => failureOf(event, 'unavailable', String(error)));
      return { acceptedIds: [], failures, brokerIsAway: true };
    }
  };

  const publish = async (events: readonly QueuedEvent[], signal?: AbortSignal): Promise<PublishResult> => {
    const publishedIds = new Set<string>();
    const failures: PublishFailure[] = [];
    const blockedOrders = new Set<string>();
    for (const wave of toWaves(events)) {
      const batches = toBatches(wave.filter((event) => !blockedOrders.has(event.subject)).map(toEntry));
      for (let next = 0; next < batches.length; next += CONCURRENT_CALLS) {
        if (signal?.aborted) return { publishedIds, failures };
        const outcomes = await Promise.all(batches.slice(next, next + CONCURRENT_CALLS).map(publishBatch));
        for (const outcome of outcomes) {
          for (const id of outcome.acceptedIds) publishedIds.add(id);
          for (const failure of outcome.failures) blockedOrders.add(failure.orderId);
          failures.push(...outcome.failures);
        }
        if (outcomes.some((outcome) => outcome.brokerIsAway)) return { publishedIds, failures };
      }
    }
    return { publishedIds, failures };
  };

  return { publish, close: () => client.destroy() };
}

function toCommand(topicArn: string, entries: readonly PublishEntry[]): PublishBatchCommand {
  return new PublishBatchCommand({
    TopicArn: topicArn,
    PublishBatchRequestEntries: entries.map(({ event, deduplicationId, body }, index) => ({
      Id: String(index),
      Message: body,
      MessageGroupId: event.subject,
      MessageDeduplicationId: deduplicationId,
      MessageAttributes: { type: { DataType: 'String', StringValue: event.type } },
    })),
  });
}

/** Only what the answer names as successful is published; an entry that it names nowhere is not. */
function outcomeOf(
  entries: readonly PublishEntry[],
  answer: {
    readonly Successful?: readonly { readonly Id?: string | undefined }[] | undefined;
    readonly Failed?:
      | readonly {
          readonly Id: string | undefined;
          readonly Code: string | undefined;
          readonly Message?: string | undefined;
          readonly SenderFault: boolean | undefined;
        }[]
      | undefined;
  },
): BatchOutcome {
  const accepted = new Set(answer.Successful?.map(({ Id }) => Id));
  const failed = new Map(answer.Failed?.map((failure) => [failure.Id, failure]));
  const acceptedIds: string[] = [];
  const failures: PublishFailure[] = [];
  entries.forEach(({ event }, index) => {
    if (accepted.has(String(index))) {
      acceptedIds.push(event.id);
      return;
    }
    const failure = failed.get(String(index));
    const message = failure
      ? `${failure.Code}: ${failure.Message ?? ''}`
      : 'the broker did not answer for it';
    failures.push(failureOf(event, failure?.SenderFault === true ? 'refused' : 'unavailable', message));
  });
  return { acceptedIds, failures, brokerIsAway: false };
}

function failureOf(event: OrderEvent, kind: PublishFailure['kind'], message: string): PublishFailure {
  return { orderId: event.subject, eventId: event.id, kind, message };
}
