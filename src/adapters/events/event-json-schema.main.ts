/** Writes docs/events/<type>.json for every event type: `node src/adapters/events/event-json-schema.main.ts`. */
import { writeFile } from 'node:fs/promises';
import { EVENT_TYPES } from './event-schema.ts';
import { eventJsonSchemaText } from './event-json-schema.ts';

const folder = new URL('../../../docs/events/', import.meta.url);
await Promise.all(
  EVENT_TYPES.map((type) => writeFile(new URL(`${type}.json`, folder), eventJsonSchemaText(type))),
);
