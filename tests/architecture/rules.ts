/**
 * The architecture as data: who may import whom, and what may be used where. A pattern is a glob over a path from the
 * project's folder, `npm:<package>`, or `node:<module>`. Everything that is not allowed is forbidden.
 */

/** The first layer whose patterns match a file owns it. */
export interface Layer {
  readonly name: string;
  readonly files: readonly string[];
  /** What may be imported as a value. */
  readonly values: readonly string[];
  /** What may be imported by `import type` in addition. */
  readonly types: readonly string[];
  readonly because: string;
}

const DOMAIN = ['src/domain/**'];
const NODE = ['node:*', 'node:*/*'];
const LIBRARIES = ['npm:*', 'npm:@*/*', ...NODE];
const CONTRACTS = ['src/workflows/**/*.contract.ts'];
const PORTS = ['src/adapters/**/*.port.ts'];
const REPOSITORIES = ['db/repositories/*.repository.ts'];
const LOGGER = ['src/config/logger.ts'];
const OPERATIONS = ['src/operations/**'];

export const LAYERS: readonly Layer[] = [
  {
    name: 'domain',
    files: DOMAIN,
    values: DOMAIN,
    types: [],
    because: 'the domain is pure: no Node, no library, no clock, no randomness; `now` and ids are arguments',
  },
  {
    name: 'contracts',
    files: CONTRACTS,
    values: [...DOMAIN, ...CONTRACTS],
    types: [],
    because: 'the API reads a contract without pulling workflow code in',
  },
  {
    name: 'workflows',
    files: ['src/workflows/**'],
    values: ['npm:@temporalio/workflow', ...DOMAIN, 'src/workflows/**'],
    types: ['src/activities/**'],
    because:
      'workflow code is deterministic and light: side effects are activities, known by their types only; no zod, no drizzle',
  },
  {
    name: 'activities',
    files: ['src/activities/**'],
    values: ['npm:@temporalio/activity', ...DOMAIN, 'src/activities/**'],
    types: [...REPOSITORIES, ...PORTS, ...CONTRACTS, ...LOGGER, 'src/auditor/report.ts'],
    because: 'an activity is given its repositories and ports; it constructs none and knows no workflow body',
  },
  {
    name: 'ports',
    files: PORTS,
    values: [...DOMAIN, ...PORTS],
    types: [],
    because: 'a port says what we need, not who provides it',
  },
  {
    name: 'adapters',
    files: ['src/adapters/**'],
    values: [
      'npm:zod',
      'npm:cockatiel',
      'npm:nodemailer',
      'npm:@aws-sdk/*',
      'npm:@opentelemetry/api',
      ...NODE,
      ...DOMAIN,
      'src/adapters/**',
    ],
    types: LOGGER,
    because: 'an adapter knows its vendor and the domain; it decides nothing about orders and stores nothing',
  },
  {
    name: 'migrations program',
    files: ['db/migrate.main.ts'],
    values: ['db/**', 'src/config/**'],
    types: [],
    because: 'it is a program: it reads its configuration and migrates',
  },
  {
    name: 'db',
    files: ['db/**'],
    values: ['npm:drizzle-orm', 'npm:postgres', ...NODE, 'db/**', ...DOMAIN],
    types: [],
    because: 'db knows SQL and the domain; of src nothing else',
  },
  {
    name: 'operations',
    files: OPERATIONS,
    values: ['npm:@temporalio/client', 'npm:@temporalio/common', ...DOMAIN, ...CONTRACTS, ...OPERATIONS],
    types: REPOSITORIES,
    because:
      'what a person has done to an order is done in one way, whether the API brings it or a worker: it knows neither of them',
  },
  {
    name: 'api program',
    files: ['src/api/main.ts', 'src/api/run-api.ts'],
    values: ['src/api/**', 'src/config/**', 'src/adapters/events/**', 'db/**', ...DOMAIN, ...LIBRARIES],
    types: PORTS,
    because:
      'it composes the HTTP service from repositories, a Temporal client and the queue of dead letters, which operators look into; it runs no workflow and no activity',
  },
  {
    name: 'api',
    files: ['src/api/**'],
    values: [
      'npm:express',
      'npm:zod',
      'npm:zod-openapi',
      'npm:@temporalio/client',
      'npm:@temporalio/common',
      'npm:helmet',
      'npm:jose',
      'npm:oauth4webapi',
      'npm:better-sse',
      'npm:rate-limiter-flexible',
      'npm:prom-client',
      'npm:@opentelemetry/api',
      ...NODE,
      ...DOMAIN,
      'src/api/**',
      'src/config/**',
      ...OPERATIONS,
      ...CONTRACTS,
    ],
    types: [...REPOSITORIES, ...PORTS],
    because:
      'HTTP in: it reads through what it is given, repositories and ports, and speaks to a workflow by its contract',
  },
  {
    name: 'workers',
    files: ['src/workers/**'],
    values: [
      'src/workers/**',
      'src/workflows/**',
      'src/activities/**',
      ...OPERATIONS,
      'src/adapters/**',
      'src/auditor/**',
      'src/config/**',
      'db/**',
      ...DOMAIN,
      ...LIBRARIES,
    ],
    types: [],
    because: 'workers compose everything that runs in the background; HTTP in is not theirs',
  },
  {
    name: 'auditor',
    files: ['src/auditor/**'],
    values: [
      'npm:postgres',
      'npm:zod',
      'npm:@temporalio/client',
      'node:crypto',
      'node:timers/promises',
      'src/auditor/**',
      'src/config/**',
    ],
    types: DOMAIN,
    because:
      'it checks promises that others keep, so it shares no code with them: its own SQL, its own reading of events and statuses',
  },
  {
    name: 'config',
    files: ['src/config/**'],
    values: ['src/config/**', ...DOMAIN, ...LIBRARIES],
    types: [],
    because: 'every process starts from it, so it knows none of them',
  },
  {
    name: 'audit command',
    files: ['src/cli/audit/**'],
    values: ['src/cli/**', 'src/auditor/**', 'src/config/**', ...DOMAIN, ...LIBRARIES],
    types: [],
    because: 'it checks the service from outside, by records and not by what the service says of itself',
  },
  {
    name: 'worker versions command',
    files: ['src/cli/worker-versions/**'],
    values: ['src/cli/**', 'src/config/**', ...DOMAIN, ...LIBRARIES],
    types: [],
    because: 'a rollout is between the workers and Temporal, and has to go on while no API runs',
  },
  {
    name: 'cli',
    files: ['src/cli/**'],
    values: ['src/cli/**', ...DOMAIN, ...LIBRARIES],
    types: [],
    because: 'the tool is a client: it knows the service by its HTTP interface only',
  },
  {
    name: 'console program',
    files: ['console/build.main.ts'],
    values: ['npm:vite', ...NODE],
    types: [],
    because: 'it builds the console and is no part of it',
  },
  {
    name: 'console',
    files: ['console/src/**'],
    values: ['npm:preact', 'npm:uplot', 'npm:oauth4webapi', 'console/src/**'],
    types: DOMAIN,
    because:
      'the console runs in a browser: it knows the service by its HTTP interface only, and the domain by its types',
  },
  {
    name: 'simulators',
    files: ['simulators/**'],
    values: [
      'simulators/**',
      ...LOGGER,
      'src/config/run-process.ts',
      'src/config/webhook-signature.ts',
      ...LIBRARIES,
    ],
    types: [],
    because: 'the simulators are other companies: the service is known to them by HTTP and SMTP only',
  },
  {
    name: 'embedded',
    files: ['embedded/**'],
    values: ['embedded/**', 'src/config/**', ...DOMAIN, 'db/**', ...LIBRARIES],
    types: [],
    because: 'it starts programs and fills what they need; it runs none of their code in its own process',
  },
];

/** What code may not use where, whatever it imports. */
export interface UsageRule {
  readonly name: string;
  readonly files: readonly string[];
  readonly except: readonly string[];
  /** Global names. */
  readonly globals?: readonly string[];
  /** Members of global objects, for example `Date.now`. */
  readonly globalMembers?: readonly string[];
  /** Constructors that may not be called without an argument. */
  readonly emptyConstructors?: readonly string[];
  /** Members of any object. */
  readonly members?: readonly string[];
  /** What the beginning of a string or template may not match. */
  readonly text?: RegExp;
  readonly because: string;
}

const OUR_CODE = ['src/**', 'db/**', 'simulators/**', 'embedded/**', 'console/**'];

export const USAGE_RULES: readonly UsageRule[] = [
  {
    name: 'interactive-transaction',
    files: ['src/**', 'db/**', 'embedded/**'],
    except: ['db/migrate.ts'],
    members: ['begin', 'transaction', 'savepoint'],
    text: /^\s*(?:(?:BEGIN|START\s+TRANSACTION|SAVEPOINT)\b|(?:begin|start\s+transaction)\s*;)/,
    because: 'a state change is one SQL statement (docs/adr/0003)',
  },
  {
    name: 'clock',
    files: ['src/domain/**', 'db/**'],
    except: [],
    globalMembers: ['Date.now'],
    emptyConstructors: ['Date'],
    because: 'the domain takes `now` as an argument, and times in the database are its own now()',
  },
  {
    name: 'purity',
    files: ['src/domain/**'],
    except: [],
    globals: [
      'performance',
      'crypto',
      'setTimeout',
      'setInterval',
      'setImmediate',
      'queueMicrotask',
      'console',
    ],
    globalMembers: ['Math.random'],
    because: 'the same arguments give the same result, and nothing else happens',
  },
  {
    name: 'process',
    files: ['src/domain/**', 'src/workflows/**', 'src/activities/**', 'src/adapters/**', 'db/**'],
    except: ['**/*.main.ts'],
    globals: ['process', 'globalThis', 'require'],
    because: 'only programs and src/config know the process that they run in',
  },
  {
    name: 'environment',
    files: ['src/api/**', 'src/workers/**'],
    except: [],
    globalMembers: ['process.env'],
    because: 'the environment is read once, by src/config/env.ts',
  },
  {
    name: 'http-client',
    files: ['src/**', 'db/**'],
    except: ['src/adapters/**', 'src/cli/**', 'src/auditor/records/**'],
    globals: ['fetch', 'XMLHttpRequest', 'WebSocket', 'EventSource'],
    because: 'other systems are spoken to by adapters, which know their errors and time limits',
  },
  {
    name: 'console-client',
    files: ['console/src/**'],
    except: ['console/src/api/**'],
    globals: ['fetch', 'XMLHttpRequest', 'WebSocket', 'EventSource'],
    because:
      'one client speaks to the service: it sends the key in a header, and only to its own origin; beside it only signing in speaks to somebody',
  },
  {
    name: 'console-markup',
    files: ['console/src/**'],
    except: [],
    members: ['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'dangerouslySetInnerHTML'],
    because: 'text that customers and providers have written must never become markup',
  },
];

/** The suffixes that say what a file is for, and where such files live. */
export const FILE_ROLES: Readonly<Record<string, readonly string[]>> = {
  workflow: ['src/workflows/**'],
  contract: ['src/workflows/**'],
  activity: ['src/activities/**'],
  port: ['src/adapters/**'],
  gateway: ['src/adapters/**'],
  repository: ['db/repositories/**'],
  routes: ['src/api/**'],
  handler: ['src/api/**'],
  template: ['src/adapters/notifications/**'],
  schema: ['src/api/**'],
  command: ['src/cli/**'],
  part: ['embedded/**'],
  parts: ['embedded/**'],
  page: ['console/src/pages/**'],
  main: OUR_CODE,
  test: ['**'],
};

/**
 * How the name of an undo begins, by the verb with which the file and the step begin. A capture is given back, because
 * `refund` is a step of its own that a person asks for.
 */
export const UNDO_OF: Readonly<Record<string, string>> = {
  reserve: 'release',
  authorize: 'void',
  capture: 'giveBack',
  book: 'cancel',
};

/** A reader tires at 300 lines; this is where a file has to be split. */
export const MOST_LINES_IN_A_FILE = 400;
