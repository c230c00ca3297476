import { z } from 'zod';
import type { EventType } from '../../domain/events/event.ts';
import { eventSchema } from './event-schema.ts';

/** The JSON Schema (draft 2020-12) of the whole CloudEvent of one type, as docs/events/<type>.json holds it. */
export function eventJsonSchema(type: EventType): Readonly<Record<string, unknown>> {
  const { $schema, description, ...schema } = z.toJSONSchema(eventSchema(type), { target: 'draft-2020-12' });
  return { $schema, $id: `urn:order-saga:event:${type}`, title: type, description, ...schema };
}

/** The text of docs/events/<type>.json. */
export function eventJsonSchemaText(type: EventType): string {
  return `${JSON.stringify(eventJsonSchema(type), null, 2)}\n`;
}
