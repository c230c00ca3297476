import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sampleEvent } from '../../../tests/support/sample-events.ts';
import type { OrderEvent } from '../../domain/events/event.ts';
import type { EventPublisherPort } from './event-publisher.port.ts';
import { parseEvent } from './event-schema.ts';
import { createSnsEventPublisher } from './sns-event-publisher.ts';

/** What an SNS endpoint answers to one entry of a call; `hang` lets the whole call wait, `error` fails it. */
type Verdict = 'accept' | 'throttle' | 'refuse' | 'forget' | 'hang' | 'error';

interface Call {
  readonly eventIds: readonly string[];
  readonly groups: readonly string[];
  readonly bodies: readonly string[];
}

// Entries of a call fail one by one only at Amazon; no emulator can be made to do it, so this speaks the protocol itself.
let server: Server;
let calls: Call[];
let verdictOf: (eventId: string) => Verdict;
let publisher: EventPublisherPort;

function readCall(form: URLSearchParams): Call {
  const values = (name: string): string[] => {
    const found: string[] = [];
    for (let index = 1; ; index += 1) {
      const value = form.get(`PublishBatchRequestEntries.member.${index}.${name}`);
      if (value === null) return found;
      found.push(value);
    }
  };
  return {
    eventIds: values('MessageDeduplicationId'),
    groups: values('MessageGroupId'),
    bodies: values('Message'),
  };
}

function answerTo(call: Call): string {
  const members = (verdict: Verdict, content: string): string =>
    call.eventIds
      .map((eventId, index) =>
        verdictOf(eventId) === verdict ? `<member><Id>${index}</Id>${content}</member>` : '',
      )
      .join('');
  const accepted = members('accept', '<MessageId>m</MessageId>');
  const failed =
    members('throttle', '<Code>Throttled</Code><Message>slow</Message><SenderFault>false</SenderFault>') +
    members('refuse', '<Code>InvalidParameter</Code><Message>bad</Message><SenderFault>true</SenderFault>');
  return `<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishBatchResult><Successful>${accepted}</Successful><Failed>${failed}</Failed></PublishBatchResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></PublishBatchResponse>`;
}

beforeEach(async () => {
  process.env['AWS_ACCESS_KEY_ID'] ??= 'test';
  process.env['AWS_SECRET_ACCESS_KEY'] ??= 'test';
  calls = [];
  verdictOf = () => 'accept';
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const call = readCall(new URLSearchParams(await text(request)));
    calls.push(call);
    const verdicts = call.eventIds.map(verdictOf);
    if (verdicts.includes('hang')) return;
    response.writeHead(verdicts.includes('error') ? 500 : 200, { 'content-type': 'text/xml' });
    response.end(verdicts.includes('error') ? '' : answerTo(call));
  };
  server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  publisher = createPublisher(20_000);
});

/** @param requestTimeoutMs long, so that a slow machine is not taken for a silent endpoint, unless a test is about silence */
function createPublisher(requestTimeoutMs: number): EventPublisherPort {
  return createSnsEventPublisher({
    topicArn: 'arn:aws:sns:eu-west-1:000000000000:test.fifo',
    region: 'eu-west-1',
    endpointUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requestTimeoutMs,
  });
}

afterEach(async () => {
  publisher.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const eventOf = (orderId: string, sequence: number): OrderEvent =>
  sampleEvent('commerce.order.cancelled.v1', orderId, sequence);

/** Events 1 and 2 of three orders. */
const SIX_EVENTS = ['ord_a', 'ord_b', 'ord_c'].flatMap((orderId) => [
  eventOf(orderId, 1),
  eventOf(orderId, 2),
]);

describe('the SNS publisher', () => {
  test('sends each event as it is, in the group of its order, under its own id', async () => {
    const result = await publisher.publish([eventOf('ord_a', 1), eventOf('ord_b', 7)]);
    expect(result).toEqual({ publishedIds: new Set(['ord_a-1', 'ord_b-7']), failures: [] });
    expect(calls).toHaveLength(1);
    expect(calls[0]?.groups).toEqual(['ord_a', 'ord_b']);
    expect(calls[0]?.eventIds).toEqual(['ord_a-1', 'ord_b-7']);
    expect(calls[0]?.bodies.map(parseEvent)).toEqual([eventOf('ord_a', 1), eventOf('ord_b', 7)]);
  });

  test('never has two events of an order in one call', async () => {
    await publisher.publish(SIX_EVENTS);
    expect(calls.map((call) => call.eventIds)).toEqual([
      ['ord_a-1', 'ord_b-1', 'ord_c-1'],
      ['ord_a-2', 'ord_b-2', 'ord_c-2'],
    ]);
  });

  test.each([
    ['throttle', 'unavailable', 'Throttled: slow'],
    ['refuse', 'refused', 'InvalidParameter: bad'],
    ['forget', 'unavailable', 'the broker did not answer for it'],
  ] as const)('holds back only the order whose event fails (%s)', async (verdict, kind, message) => {
    verdictOf = (eventId) => (eventId === 'ord_b-1' ? verdict : 'accept');
    const result = await publisher.publish(SIX_EVENTS);
    expect(result.publishedIds).toEqual(new Set(['ord_a-1', 'ord_a-2', 'ord_c-1', 'ord_c-2']));
    expect(result.failures).toEqual([{ orderId: 'ord_b', eventId: 'ord_b-1', kind, message }]);
    expect(calls.flatMap((call) => call.eventIds)).not.toContain('ord_b-2');
  });

  test('refuses an event that is too large without sending it, and sends the others', async () => {
    const large = { ...eventOf('ord_b', 1), data: { reason: 'x'.repeat(256 * 1024) } };
    const result = await publisher.publish([eventOf('ord_a', 1), large, eventOf('ord_c', 1)]);
    expect(result.publishedIds).toEqual(new Set(['ord_a-1', 'ord_c-1']));
    expect(result.failures).toMatchObject([{ eventId: 'ord_b-1', kind: 'refused' }]);
    expect(calls.flatMap((call) => call.eventIds).sort()).toEqual(['ord_a-1', 'ord_c-1']);
  });

  test('keeps what was accepted when a later call fails, and makes no further one', async () => {
    verdictOf = (eventId) => (eventId === 'ord_b-2' ? 'error' : 'accept');
    const result = await publisher.publish([...SIX_EVENTS, eventOf('ord_a', 3)]);
    expect(result.publishedIds).toEqual(new Set(['ord_a-1', 'ord_b-1', 'ord_c-1']));
    expect(result.failures.map(({ eventId, kind }) => [eventId, kind])).toEqual([
      ['ord_a-2', 'unavailable'],
      ['ord_b-2', 'unavailable'],
      ['ord_c-2', 'unavailable'],
    ]);
    expect(calls.flatMap((call) => call.eventIds)).not.toContain('ord_a-3');
  });

  test('gives a call up that is not answered, after trying it twice', async () => {
    publisher.close();
    publisher = createPublisher(150);
    verdictOf = () => 'hang';
    const result = await publisher.publish([eventOf('ord_a', 1)]);
    expect(result.publishedIds.size).toBe(0);
    expect(result.failures).toMatchObject([{ eventId: 'ord_a-1', kind: 'unavailable' }]);
    expect(calls).toHaveLength(2);
  });

  test('answers that nothing is published when the broker is not there', async () => {
    await new Promise((resolve) => server.close(resolve));
    const result = await publisher.publish([eventOf('ord_a', 1)]);
    expect(result.publishedIds.size).toBe(0);
    expect(result.failures).toMatchObject([{ eventId: 'ord_a-1', kind: 'unavailable' }]);
  });

  test('begins no call after it was told to stop', async () => {
    const stop = new AbortController();
    verdictOf = () => {
      stop.abort();
      return 'accept';
    };
    const result = await publisher.publish(SIX_EVENTS, stop.signal);
    expect(result).toEqual({ publishedIds: new Set(['ord_a-1', 'ord_b-1', 'ord_c-1']), failures: [] });
    expect(calls).toHaveLength(1);
  });
});
