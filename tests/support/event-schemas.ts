/** Holds events against docs/events/<type>.json, as any consumer outside this project would. */
import { readFileSync, readdirSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const FOLDER = new URL('../../docs/events/', import.meta.url);

/** The types that have a schema. */
export const DOCUMENTED_EVENT_TYPES: readonly string[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length))
  .sort();

const ajv = new Ajv2020({ allErrors: true, strict: true });
addFormats.default(ajv);
const validators = new Map<string, ValidateFunction>();

/** The schema of one type as it stands in the file. @throws Error when there is none */
export function readEventSchema(type: string): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(new URL(`${type}.json`, FOLDER), 'utf8')) as Record<string, unknown>;
}

/** @returns what is wrong with a published event, one text each; empty when it is as documented */
export function validateEvent(event: unknown): string[] {
  const type = typeof event === 'object' && event !== null && 'type' in event ? event.type : undefined;
  if (typeof type !== 'string' || !DOCUMENTED_EVENT_TYPES.includes(type)) {
    return [`/type: ${String(type)} has no schema in docs/events`];
  }
  let validate = validators.get(type);
  if (!validate) {
    validate = ajv.compile(readEventSchema(type));
    validators.set(type, validate);
  }
  if (validate(event)) return [];
  return (validate.errors ?? []).map(
    (error) => `${error.instancePath || '/'}: ${error.message ?? 'is wrong'}`,
  );
}
