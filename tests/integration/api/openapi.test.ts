import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { Browser } from 'playwright-core';
import { ERRORS } from '../../../src/domain/errors.ts';
import { launchBrowser } from '../../support/browser.ts';
import { expectStatus, orderBody, startTestApi, type TestApi } from './test-api.ts';

jest.setTimeout(60_000);

let api: TestApi;
// oxlint-disable-next-line typescript/no-explicit-any -- the document is looked at as any client would
let document: any;
beforeAll(async () => {
  api = await startTestApi();
  document = api.document;
});
afterAll(() => api.close());

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
}

describe('the OpenAPI document', () => {
  it('describes every route of the service, and no other', () => {
    const { stack } = (api.app as unknown as { router: { stack: readonly Layer[] } }).router;
    const routed = stack.flatMap(({ route }) => {
      const methods = Object.keys(route?.methods ?? {});
      // A route for every method there is answers the methods that an address does not take.
      return methods.length > 10
        ? []
        : methods.map((method) => `${method} ${route?.path.replaceAll(/:(\w+)/g, '{$1}')}`);
    });
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations as object).map((method) => `${method} ${path}`),
    );
    expect(routed.length).toBeGreaterThan(20);
    expect(described.toSorted()).toEqual(routed.toSorted());
  });

  it('is OpenAPI 3.1 in which every reference leads somewhere', () => {
    expect(document.openapi).toBe('3.1.0');
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#([^"]+)"/g)].map(
      ([, pointer]) => pointer,
    );
    expect(references.length).toBeGreaterThan(10);
    for (const pointer of references) {
      const target = (pointer ?? '')
        .split('/')
        .slice(1)
        .reduce((place, name) => place?.[name], document);
      expect([pointer, typeof target]).toEqual([pointer, 'object']);
    }
  });

  it('gives every operation a name of its own, a summary, and its errors as problem documents', () => {
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path as object));
    const names = operations.map((operation) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const operation of operations) {
      expect(operation.summary).toMatch(/\S/);
      for (const [status, answer] of Object.entries<typeof operation>(operation.responses)) {
        if (Number(status) >= 400)
          expect(answer.content['application/problem+json'].schema).toEqual({
            $ref: '#/components/schemas/Problem',
          });
      }
    }
  });

  it('names each error of the catalogue where it can happen', () => {
    const text = JSON.stringify(document.paths);
    // These two belong to addresses and methods that the document does not have.
    const elsewhere = ['METHOD_NOT_ALLOWED'];
    for (const code of Object.keys(ERRORS))
      if (!elsewhere.includes(code)) expect(text).toContain(`\`${code}\``);
  });

  it('describes the body that places an order as it is validated', () => {
    const ajv = new Ajv2020({ strict: false });
    formats.default(ajv);
    ajv.addSchema(document, 'api');
    const validate = ajv.compile({ $ref: 'api#/components/schemas/PlaceOrder' });
    expect(validate(orderBody())).toBe(true);
    for (const change of [
      { extra: 1 },
      { currency: 'gbp' },
      { lines: [] },
      { lines: [{ sku: 'A', quantity: 0.5 }] },
    ])
      expect(validate(orderBody(change))).toBe(false);
  });

  it('says how to authenticate, and what each call needs', () => {
    expect(document.components.securitySchemes.bearer).toMatchObject({ type: 'http', scheme: 'bearer' });
    expect(document.paths['/v1/orders'].post.security).toEqual([{ bearer: [] }]);
    expect(document.paths['/v1/orders'].post.description).toContain('orders:place');
    expect(document.paths['/livez'].get.security).toEqual([]);
  });
});

describe('the pages', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  it('of the reference shows the operations and asks no other address', async () => {
    const page = await browser.newPage();
    const asked: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${api.url}/docs`);
    await page.getByText('Place an order').first().waitFor();
    await page.getByText('POST').first().waitFor();
    expect(asked.filter((url) => !url.startsWith(api.url))).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('of the runbooks needs no key, and shows the one that an address names', async () => {
    const page = await browser.newPage();
    await page.goto(`${api.url}/docs/runbooks#CAPTURE_UNRESOLVED`);
    expect(await page.locator(':target').innerText()).toContain('should act within an hour');
    await page.close();
  });

  it('of the errors is where the type of a problem leads', async () => {
    const problem = await expectStatus(401, api.send('GET', '/v1/orders'));
    const page = await browser.newPage();
    await page.goto(new URL(problem.json.type, api.url).href);
    expect(await page.locator(':target').innerText()).toContain('UNAUTHENTICATED');
    await page.close();
  });
});
