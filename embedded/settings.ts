/**
 * What a person can set about the embedded stack, by environment variables. Those of our processes are described in
 * src/config/env.ts; here are the ones that only the stack has, and what stands in for a part of it.
 */
import { resolve } from 'node:path';
import { z } from 'zod';
import { ENVIRONMENT } from '../src/config/env.ts';
import { PROJECT_DIRECTORY } from './node-program.ts';

const port = z.coerce.number().int().min(1).max(65_535);

/** The ports of the embedded stack: each a variable, with the default. Everything listens on 127.0.0.1. */
const portShape = {
  API_PORT: port.default(3000),
  TEMPORAL_PORT: port.default(7233),
  TEMPORAL_UI_PORT: port.default(8233),
  POSTGRES_PORT: port.default(5433),
  AWS_PORT: port.default(4566),
  PAYMENT_PROVIDER_PORT: port.default(4010),
  CARRIER_PORT: port.default(4020),
  FRAUD_SCORE_PORT: port.default(4030),
  SMTP_PORT: port.default(1025),
  MAIL_PORT: port.default(8025),
};
export type PortVariable = keyof typeof portShape;
export const PORT_VARIABLES = Object.keys(portShape) as readonly PortVariable[];
export type Ports = Readonly<Record<PortVariable, number>>;

const ORDER_WORKERS_HINT = 'must be 1 to 64, or auto';

/** Everything that only the embedded stack reads. */
export const EMBEDDED_SHAPE = {
  ...portShape,
  /** How many order workers run; one for each core is enough. `auto`: as many as the load asks for, up to that. */
  ORDER_WORKERS: z
    .union(
      [
        z.literal('auto'),
        z.coerce
          .number(ORDER_WORKERS_HINT)
          .int(ORDER_WORKERS_HINT)
          .min(1, ORDER_WORKERS_HINT)
          .max(64, ORDER_WORKERS_HINT),
      ],
      ORDER_WORKERS_HINT,
    )
    .default(1),
  /** `off`: no demo locations, items and keys. */
  DEMO_DATA: z.enum(['on', 'off']).default('on'),
  /** Where the data is; `.order-saga` in the checkout when absent. */
  STATE_DIRECTORY: z.string().optional(),
};

/**
 * What is set for our processes. Each has to have a HEALTH_PORT of its own, so one for all is left out; and there is one version
 * at a time here, which takes everything, so no WORKER_BUILD_ID.
 */
export function variablesOfProcesses(variables: NodeJS.ProcessEnv): Record<string, string> {
  const names = new Set(Object.values(ENVIRONMENT).flatMap((schema) => Object.keys(schema.shape)));
  names.delete('HEALTH_PORT');
  names.delete('WORKER_BUILD_ID');
  const given = [...names].flatMap((name) => (variables[name] ? [[name, variables[name]] as const] : []));
  return Object.fromEntries(given);
}

/** What is given from outside instead of an embedded part. */
const replacementShape = {
  DATABASE_URL: ENVIRONMENT.api.shape.DATABASE_URL.optional(),
  TEMPORAL_ADDRESS: z
    .string()
    .regex(/^[^/]+:\d+$/, 'must be host:port')
    .optional(),
  AWS_ENDPOINT_URL: z.url().optional(),
  AWS_REGION: z.string().min(1).optional(),
  EVENTS_TOPIC_ARN: ENVIRONMENT.relay.shape.EVENTS_TOPIC_ARN.optional(),
  EVENTS_QUEUE_URL: z.url().optional(),
};

export interface Settings {
  readonly ports: Ports;
  readonly orderWorkers: number | 'auto';
  readonly hasDemoData: boolean;
  readonly stateDirectory: string;
  readonly databaseUrl: string | undefined;
  readonly temporalAddress: string | undefined;
  readonly aws: AwsSettings;
}

/**
 * A region alone does not lead to Amazon: many people have one in their environment for other purposes. An endpoint does,
 * or a topic and a queue that are there.
 */
export interface AwsSettings {
  readonly isEmbedded: boolean;
  readonly region: string;
  readonly endpointUrl: string | undefined;
  readonly topicArn: string | undefined;
  readonly queueUrl: string | undefined;
}

/** Thrown with one line for everything that is wrong. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

const DEFAULT_REGION = 'eu-west-1';

/** @throws SettingsError naming every variable that is wrong, and what to do */
export function readSettings(variables: NodeJS.ProcessEnv): Settings {
  const present = Object.fromEntries(
    Object.entries(variables).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = z.object({ ...EMBEDDED_SHAPE, ...replacementShape }).safeParse(present);
  const problems = parsed.success
    ? [...portConflicts(parsed.data), ...incompleteAws(present)]
    : parsed.error.issues.map((issue) => problem(issue.path.join('.'), present, issue.message));
  const own = problemsOfProcesses(present).filter(
    (line) => !problems.some((known) => sameVariable(known, line)),
  );
  if (!parsed.success || problems.length + own.length > 0)
    throw new SettingsError(
      `These environment variables are wrong; correct or unset them (.env.example explains each):\n${[...problems, ...own].join('\n')}`,
    );
  const { data } = parsed;
  return {
    ports: Object.fromEntries(
      Object.keys(portShape).map((name) => [name, data[name as PortVariable]]),
    ) as Ports,
    orderWorkers: data.ORDER_WORKERS,
    hasDemoData: data.DEMO_DATA === 'on',
    stateDirectory: resolve(PROJECT_DIRECTORY, data.STATE_DIRECTORY ?? '.order-saga'),
    databaseUrl: data.DATABASE_URL,
    temporalAddress: data.TEMPORAL_ADDRESS,
    aws: {
      isEmbedded: data.AWS_ENDPOINT_URL === undefined && data.EVENTS_TOPIC_ARN === undefined,
      region: data.AWS_REGION ?? DEFAULT_REGION,
      endpointUrl: data.AWS_ENDPOINT_URL,
      topicArn: data.EVENTS_TOPIC_ARN,
      queueUrl: data.EVENTS_QUEUE_URL,
    },
  };
}

function problem(variable: string, present: Record<string, string | undefined>, message: string): string {
  // An address may carry a password.
  const value = /URL|SECRET|KEY|TOKEN/.test(variable) ? 'its value' : JSON.stringify(present[variable]);
  return `  ${variable}: ${value} is not possible: ${message}`;
}

function sameVariable(one: string, other: string): boolean {
  return one.split(':')[0] === other.split(':')[0];
}

/** What is set for our processes is checked before anything is started, too; what is not set, the stack will set. */
function problemsOfProcesses(present: Record<string, string | undefined>): string[] {
  const lines = Object.values(ENVIRONMENT).flatMap((schema) => {
    const parsed = schema.safeParse(present);
    if (parsed.success) return [];
    return parsed.error.issues
      .filter((issue) => String(issue.path[0]) in present)
      .map((issue) => problem(issue.path.join('.'), present, issue.message));
  });
  return [...new Set(lines)];
}

function portConflicts(data: Readonly<Record<PortVariable, number>>): string[] {
  return PORT_VARIABLES.flatMap((name, index) => {
    const other = PORT_VARIABLES.slice(0, index).find((earlier) => data[earlier] === data[name]);
    return other ? [`  ${name}: ${data[name]} is the port of ${other} already`] : [];
  });
}

function incompleteAws(present: Record<string, string | undefined>): string[] {
  if ('EVENTS_TOPIC_ARN' in present === 'EVENTS_QUEUE_URL' in present) return [];
  return ['  EVENTS_TOPIC_ARN, EVENTS_QUEUE_URL: set both, or neither'];
}
