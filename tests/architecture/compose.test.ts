import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { ENVIRONMENT, readEnvironment, type ProcessName } from '../../src/config/env.ts';
import { PROJECT } from './check.ts';
import { readComposeFile, readYaml, variablesOf, type Service, type Variables } from './compose-file.ts';
import { inheritedInstructions, readDockerfile, valuesOf } from './dockerfile.ts';
import { ownStopLimitMs } from './stop-limit.ts';

const COMPOSE = join(PROJECT, 'docker-compose.yml');
const EXAMPLE = join(PROJECT, 'deploy/compose/production.env.example');

/** Our processes, and the name under which src/config/env.ts describes what each reads. */
const PROCESSES: Readonly<Record<string, ProcessName>> = {
  migrate: 'migrate',
  api: 'api',
  worker: 'orderWorker',
  maintenance: 'maintenanceWorker',
  relay: 'relay',
  projections: 'projections',
};
const SIMULATORS = ['payment-provider', 'carrier', 'fraud-score', 'mail'];
const JOBS = ['temporal-schema', 'temporal-namespace', 'migrate'];
/** Read by the AWS SDK itself. */
const READ_BY_LIBRARIES = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];

/** What a person fills into the lines that the example leaves empty. */
const FILLED_IN: Variables = {
  POSTGRES_PASSWORD: 'a'.repeat(64),
  ORDER_SAGA_DATABASE_PASSWORD: 'b'.repeat(64),
  AUDIT_DATABASE_PASSWORD: 'i'.repeat(64),
  TEMPORAL_DATABASE_PASSWORD: 'c'.repeat(64),
  CODEC_ENDPOINT_TOKEN: 'd'.repeat(64),
  WAITING_ROOM_SECRET: 'j'.repeat(64),
  FRAUD_DIGEST_KEY: 'k'.repeat(64),
  TEMPORAL_CODEC_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
  PAYMENT_PROVIDER_URL: 'http://payment-provider:4010',
  PAYMENT_PROVIDER_API_KEY: 'e'.repeat(64),
  PAYMENT_WEBHOOK_SECRET: 'f'.repeat(64),
  CARRIER_URL: 'http://carrier:4020',
  CARRIER_API_KEY: 'g'.repeat(64),
  CARRIER_WEBHOOK_SECRET: 'h'.repeat(64),
  SMTP_URL: 'smtp://mail:1025',
  MAIL_FROM: 'Order desk <orders@example.com>',
};
const example = parseEnv(readFileSync(EXAMPLE, 'utf8')) as Variables;
const variables: Variables = { ...example, ...FILLED_IN };
const { services, volumes } = readComposeFile(COMPOSE, variables);
const stages = readDockerfile(join(PROJECT, 'Dockerfile'));
const everyService = Object.entries(services);

const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
  JSON.parse(
    readFileSync(join(import.meta.dirname, 'fixtures/compose-spec/compose-spec.json'), 'utf8'),
  ) as object,
);

function service(name: string): Service {
  const found = services[name];
  if (!found) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
}

describe('docker-compose.yml', () => {
  test('is valid by the schema that the Compose project publishes', () => {
    validate(readYaml(COMPOSE));
    expect(validate.errors).toBeNull();
  });

  test.each([
    { image: 'x', restrat: 'no' },
    { image: 'x', ports: 'none' },
    { image: 'x', healthcheck: { test: 'true', disable: 7 } },
    { image: 'x', depends_on: { postgres: { condition: 'started' } } },
  ])('would not be valid with a service %j', (broken) => {
    const valid = readYaml(COMPOSE) as { services: Record<string, unknown> };
    expect(validate({ ...valid, services: { ...valid.services, broken } })).toBe(false);
  });

  test('runs every part of the production shape', () => {
    const always = everyService.filter(([, one]) => one.profiles.length === 0).map(([name]) => name);
    const parts = ['postgres', 'temporal-schema', 'temporal', 'temporal-namespace', 'temporal-ui', 'events'];
    expect(always.sort()).toEqual([...parts, ...Object.keys(PROCESSES)].sort());
  });

  test('runs the simulators only with the profile demo, and nothing waits for them', () => {
    const others = everyService.filter(([, one]) => one.profiles.length > 0);
    expect(others.map(([name]) => name).sort()).toEqual([...SIMULATORS].sort());
    for (const [, one] of others) expect(one.profiles).toEqual(['demo']);
    for (const [, one] of everyService) {
      expect(Object.keys(one.depends_on).filter((name) => SIMULATORS.includes(name))).toEqual([]);
    }
  });

  test('says what to set for each variable that is missing', () => {
    const required = [...variablesOf(COMPOSE)].filter(([, { required }]) => required).map(([name]) => name);
    expect(required).toEqual(expect.arrayContaining(Object.keys(FILLED_IN)));
    for (const name of required) {
      const { [name]: _, ...rest } = variables;
      expect(() => readComposeFile(COMPOSE, rest)).toThrow(new RegExp(`^${name}: set .{10,}$`));
    }
  });

  test('has every variable in the example, and the example none that is not used', () => {
    const commentedOut = [...readFileSync(EXAMPLE, 'utf8').matchAll(/^#([A-Z_]+)=/gm)].map(
      ([, name]) => name,
    );
    expect([...Object.keys(example), ...commentedOut].sort()).toEqual(
      [...variablesOf(COMPOSE).keys()].sort(),
    );
    const empty = Object.keys(example).filter((name) => example[name] === '');
    expect(empty.sort()).toEqual(Object.keys(FILLED_IN).sort());
  });

  test.each(everyService)('%s has a pinned image', (_, one) => {
    expect(one.image).toMatch(/^[a-z0-9/-]+:\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
    expect(one.image).not.toContain('auto-setup');
  });

  test.each(everyService)('%s is reached from this machine only', (_, one) => {
    for (const port of one.ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  test('publishes neither the databases nor the Temporal server, which ask nobody who they are', () => {
    const published = everyService.filter(([, one]) => one.ports.length > 0).map(([name]) => name);
    expect(published.sort()).toEqual(['api', 'temporal-ui', ...SIMULATORS].sort());
  });

  test.each(everyService)('%s mounts what exists', (_, one) => {
    for (const volume of one.volumes) {
      const [source = ''] = volume.split(':');
      if (!source.startsWith('./')) expect(Object.keys(volumes)).toContain(source);
      else {
        expect(volume).toMatch(/:ro$/);
        expect(existsSync(join(PROJECT, source))).toBe(true);
      }
    }
  });

  test('keeps what PostgreSQL 18 stores: its folder is one level higher than before', () => {
    expect(service('postgres').image).toMatch(/^postgres:18\./);
    expect(service('postgres').volumes).toContain('postgres-data:/var/lib/postgresql');
  });

  test.each(everyService)('%s waits for jobs to end and for services to be healthy', (_, one) => {
    for (const [name, { condition }] of Object.entries(one.depends_on)) {
      expect([name, condition]).toEqual([
        name,
        JOBS.includes(name) ? 'service_completed_successfully' : 'service_healthy',
      ]);
      if (!JOBS.includes(name)) expect(service(name).healthcheck?.test?.[0]).toBe('CMD');
    }
  });

  test('starts our processes after the schema, and those that use Temporal after its namespace', () => {
    for (const name of ['api', 'worker', 'maintenance', 'relay', 'projections']) {
      expect(Object.keys(service(name).depends_on)).toContain('migrate');
      const usesTemporal = 'TEMPORAL_ADDRESS' in service(name).environment;
      expect(Object.keys(service(name).depends_on).includes('temporal-namespace')).toBe(usesTemporal);
    }
    expect(Object.keys(service('temporal').depends_on)).toContain('temporal-schema');
    expect(Object.keys(service('temporal-namespace').depends_on)).toContain('temporal');
  });

  test.each(everyService)('%s runs once if it is a job, and comes back if it is not', (name, one) => {
    expect(one.restart).toBe(JOBS.includes(name) ? 'no' : 'unless-stopped');
  });

  test('can run several workers', () => {
    expect(service('worker').container_name).toBeUndefined();
    expect(service('worker').ports).toEqual([]);
  });

  test('makes the namespace that our processes use', () => {
    const namespaces = everyService.flatMap(([, one]) => one.environment['TEMPORAL_NAMESPACE'] ?? []);
    expect(new Set(namespaces)).toEqual(new Set(['order-saga']));
    expect(namespaces).toHaveLength(5);
  });

  test('lets the Web UI decrypt through the address that the API answers at', () => {
    expect(service('temporal-ui').environment['TEMPORAL_CODEC_ENDPOINT']).toBe(
      `http://127.0.0.1:3000/v1/codec/${service('api').environment['CODEC_ENDPOINT_TOKEN']}`,
    );
    expect(service('temporal-ui').environment['TEMPORAL_CORS_ORIGINS']).toBe(
      service('api').environment['TEMPORAL_UI_URL'],
    );
  });

  test('gives the dynamic configuration of the Temporal server in the form that it reads', () => {
    const settings = parse(
      readFileSync(join(PROJECT, 'deploy/compose/temporal/dynamic-config.yaml'), 'utf8'),
    ) as Record<string, { value: unknown }[]>;
    expect(settings['system.enableActivityEagerExecution']).toEqual([{ value: true }]);
    for (const [key, values] of Object.entries(settings)) {
      expect(key).toMatch(/^(system|matching|frontend|history)\.\w+$/);
      expect(values).toEqual([{ value: expect.anything() }]);
    }
  });

  test('runs scripts that can be executed', () => {
    for (const [, one] of everyService) {
      const scripts = one.volumes
        .map((volume) => volume.split(':')[0] ?? '')
        .filter((path) => path.endsWith('.sh'));
      for (const script of scripts) expect(statSync(join(PROJECT, script)).mode & 0o111).toBe(0o111);
    }
  });
});

describe('our processes in docker-compose.yml', () => {
  test.each(Object.entries(PROCESSES))(
    '%s gets every variable that it needs, and none that it does not know',
    (name, process) => {
      const { environment } = service(name);
      expect(() => readEnvironment(process, environment)).not.toThrow();
      const known = [...Object.keys(ENVIRONMENT[process].shape), ...READ_BY_LIBRARIES];
      expect(Object.keys(environment).filter((variable) => !known.includes(variable))).toEqual([]);
    },
  );

  test.each(Object.keys(PROCESSES))('%s runs a program that exists, in the production image', (name) => {
    const { command, build, image } = service(name);
    expect(command?.[0]).toBe('node');
    expect(command).toHaveLength(2);
    expect(existsSync(join(PROJECT, command?.[1] ?? ''))).toBe(true);
    expect(build).toEqual({ context: '.', target: 'runtime' });
    expect(image).toBe(`order-saga:${variables['ORDER_SAGA_VERSION']}`);
  });

  test.each(Object.keys(PROCESSES))('%s can write nothing and gain no rights', (name) => {
    const one = service(name);
    expect(one.read_only).toBe(true);
    expect(one.cap_drop).toEqual(['ALL']);
    expect(one.security_opt).toEqual(['no-new-privileges:true']);
    expect(one.init).toBe(true);
  });

  test('are given longer to stop than they give themselves', () => {
    for (const name of Object.keys(PROCESSES)) {
      const given = /^(\d+)s$/.exec(service(name).stop_grace_period ?? '')?.[1];
      expect(Number(given) * 1000).toBeGreaterThan(ownStopLimitMs());
    }
  });

  test('answer the health check of the image inside their container', () => {
    expect(service('api').environment).toMatchObject({ API_HOST: '0.0.0.0', API_PORT: '3000' });
    expect(service('api').ports).toEqual(['127.0.0.1:3000:3000']);
    for (const name of ['worker', 'maintenance', 'relay', 'projections']) {
      expect(service(name).environment).toMatchObject({ HEALTH_HOST: '0.0.0.0', HEALTH_PORT: '8080' });
    }
    expect(service('migrate').healthcheck?.disable).toBe(true);
  });

  test('know the simulators by the addresses at which the profile demo runs them', () => {
    const worker = service('worker').environment;
    const port = (name: string): string | undefined => service(name).environment['PORT'];
    expect(worker['PAYMENT_PROVIDER_URL']).toBe(`http://payment-provider:${port('payment-provider')}`);
    expect(worker['CARRIER_URL']).toBe(`http://carrier:${port('carrier')}`);
    expect(worker['SMTP_URL']).toBe(`smtp://mail:${service('mail').environment['SMTP_PORT']}`);
    expect(service('payment-provider').environment['API_KEY']).toBe(worker['PAYMENT_PROVIDER_API_KEY']);
    expect(service('carrier').environment['API_KEY']).toBe(worker['CARRIER_API_KEY']);
    const api = service('api').environment;
    expect(service('payment-provider').environment['WEBHOOK_SECRET']).toBe(api['PAYMENT_WEBHOOK_SECRET']);
    expect(service('carrier').environment['WEBHOOK_SECRET']).toBe(api['CARRIER_WEBHOOK_SECRET']);
  });
});

describe('the simulators in docker-compose.yml', () => {
  const documented = readFileSync(join(PROJECT, 'simulators/README.md'), 'utf8');

  test.each(SIMULATORS)('%s runs a program that exists, in the image for demonstrations', (name) => {
    const { command, build, image } = service(name);
    expect(command).toEqual(['node', `simulators/${name}/main.ts`]);
    expect(existsSync(join(PROJECT, command?.[1] ?? ''))).toBe(true);
    expect(build).toEqual({ context: '.', target: 'demo' });
    expect(image).toMatch(/^order-saga-demo:/);
  });

  test.each(SIMULATORS)('%s gets variables that it knows, and keeps what it stores', (name) => {
    const { environment, volumes: mounts } = service(name);
    for (const variable of Object.keys(environment)) expect(documented).toContain(`\`${variable}\``);
    expect(environment['STORE_FILE']).toMatch(/^\/data\//);
    expect(mounts).toEqual([`${name}-data:/data`]);
    expect(valuesOf(inheritedInstructions(stages, 'demo'), 'VOLUME')).toEqual(['/data']);
  });
});
