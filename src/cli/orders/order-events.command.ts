import type { Command } from 'commander';
import { z } from 'zod';
import { apiPath, type ApiAnswer, type ApiClient } from '../api/api-client.ts';
import { eventSchema } from '../api/api-replies.ts';
import { countingNumber } from '../arguments.ts';
import { clientFor, defineCommand, type Cli } from '../command.ts';
import { table } from '../output/table.ts';

type EventReply = z.output<typeof eventSchema>;
const eventPageSchema = z.looseObject({ items: z.array(eventSchema), nextCursor: z.string().nullable() });
type EventPageReply = z.output<typeof eventPageSchema>;

/** Reads on from page to page until there are no more. */
async function fetchEvents(client: ApiClient, orderId: string, after: number): Promise<EventReply[]> {
  const events: EventReply[] = [];
  let cursor: string | null = String(after);
  while (cursor !== null) {
    const answer: ApiAnswer<EventPageReply> = await client.call(
      { method: 'GET', path: apiPath`/v1/orders/${orderId}/events`, query: { after: cursor } },
      eventPageSchema,
    );
    events.push(...answer.body.items);
    cursor = answer.body.nextCursor;
  }
  return events;
}

/** `orders events` */
export function addOrderEvents(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'events <order-id>',
    summary: 'List what happened to an order, event by event',
    examples: [
      ['orders events ord_0123456789abcdefghjkmnpqrs', 'all events, the first one first'],
      ['orders events ord_0123456789abcdefghjkmnpqrs --after 5 --json', 'from the sixth on, for a program'],
    ],
  })
    .option('--after <sequence>', 'only events with a higher sequence', countingNumber, 0)
    .action(async (orderId: string, options: { readonly after: number; readonly json?: boolean }) => {
      const events = await fetchEvents(clientFor(cli.context, 'operator'), orderId, options.after);
      const text = table(
        [{ title: '#', align: 'right' }, { title: 'Time' }, { title: 'Type' }, { title: 'Data' }],
        events.map((event) => [String(event.sequence), event.time, event.type, JSON.stringify(event.data)]),
      );
      cli.deliver({ json: { items: events }, text: events.length === 0 ? 'No events.' : text }, options);
    });
}
