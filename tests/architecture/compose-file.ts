/** Reads a Compose file as `docker compose` does: merge keys, anchors, and variables. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

const environment = z.record(z.string(), z.union([z.string(), z.number()]).transform(String)).default({});

/** What the tests look at; the published schema checks the rest. */
const serviceSchema = z.object({
  image: z.string(),
  build: z.object({ context: z.string(), target: z.string() }).optional(),
  command: z.array(z.string()).optional(),
  container_name: z.string().optional(),
  profiles: z.array(z.string()).default([]),
  restart: z.string().optional(),
  stop_grace_period: z.string().optional(),
  init: z.boolean().default(false),
  read_only: z.boolean().default(false),
  cap_drop: z.array(z.string()).default([]),
  security_opt: z.array(z.string()).default([]),
  environment,
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z
    .object({ test: z.array(z.string()).optional(), disable: z.boolean().default(false) })
    .optional(),
});
const composeSchema = z.object({
  services: z.record(z.string(), serviceSchema),
  volumes: z.record(z.string(), z.unknown()),
});
export type Service = z.output<typeof serviceSchema>;
export type ComposeFile = z.output<typeof composeSchema>;
export type Variables = Readonly<Record<string, string>>;

/** `$$`, `${NAME}`, and with `:-default`, `-default`, `:?message` or `?message`; the colon counts an empty value as missing. */
const VARIABLE = /\$(?:\$|\{([A-Z][A-Z0-9_]*)(?:(:?)([-?])([^}]*))?\}|)/g;

/** The YAML as it stands, merged, with its variables unread. */
export function readYaml(file: string): unknown {
  return parse(readFileSync(file, 'utf8'), { merge: true });
}

/** @throws Error with the message of every variable that is required and missing */
export function readComposeFile(file: string, variables: Variables): ComposeFile {
  const missing = new Set<string>();
  const interpolated = mapStrings(readYaml(file), (text) => interpolate(text, variables, missing));
  if (missing.size > 0) throw new Error([...missing].join('\n'));
  return composeSchema.parse(interpolated);
}

/** Every variable of the file, with whether it must be set. */
export function variablesOf(file: string): ReadonlyMap<string, { readonly required: boolean }> {
  const found = new Map<string, { required: boolean }>();
  mapStrings(readYaml(file), (text) => {
    for (const [, name, , operator] of text.matchAll(VARIABLE)) {
      if (name !== undefined)
        found.set(name, { required: operator === '?' || (found.get(name)?.required ?? false) });
    }
    return text;
  });
  return found;
}

function interpolate(text: string, variables: Variables, missing: Set<string>): string {
  return text.replaceAll(
    VARIABLE,
    (whole: string, name?: string, colon?: string, operator?: string, rest?: string) => {
      if (whole === '$$') return '$';
      if (name === undefined) throw new Error(`"${text}" has a $ that begins no variable`);
      const value = variables[name];
      const isSet = value !== undefined && !(colon === ':' && value === '');
      if (isSet) return value;
      if (operator === '-') return rest ?? '';
      missing.add(`${name}: ${operator === '?' ? rest : 'has no value and no default'}`);
      return '';
    },
  );
}

function mapStrings(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, map));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, mapStrings(child, map)]));
}
