/** What other shops have lost is replayed here, and none of it is ever forgotten. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { PROJECT } from './check.ts';

/** Where each was reported. The tests that replay it name it in the line above. */
const INCIDENTS = [
  'Adyen/adyen-magento2/issues/1174',
  'Automattic/woocommerce-payments/issues/5678',
  'Automattic/woocommerce-payments/pull/3520',
  'btravstack/temporal-contract/issues/413',
  'dotnet-architecture/eShopOnContainers/issues/279',
  'magento/inventory/issues/2722',
  'medusajs/medusa/issues/13301',
  'medusajs/medusa/issues/15122',
  'medusajs/medusa/issues/16292',
  'medusajs/medusa/issues/16569',
  'medusajs/medusa/issues/16825',
  'medusajs/medusa/pull/15397',
  'saleor/saleor/issues/10925',
  'vendurehq/vendure/issues/1557',
  'vendurehq/vendure/issues/3152',
  'vendurehq/vendure/issues/3508',
  'woocommerce/woocommerce/issues/62659',
  'woocommerce/woocommerce/issues/66244',
];

/** A comment that is only an address, and the test below it. */
const REPLAY = /^ *\/\/ https:\/\/github\.com\/(\S+)\n *test\(\s*'([^']+)'/gm;

function replaysIn(text: string): { readonly incident: string; readonly name: string }[] {
  return [...text.matchAll(REPLAY)].map(([, incident = '', name = '']) => ({ incident, name }));
}

const replays = globSync('tests/chaos/incidents/*.test.ts', { cwd: PROJECT }).flatMap((file) =>
  replaysIn(readFileSync(join(PROJECT, file), 'utf8')),
);

describe('the incidents of other shops', () => {
  test('are found in a test, and not in one that is skipped or only mentions them', () => {
    const reference = '// https://github.com/owner/repository/issues/1';
    expect(replaysIn(`${reference}\ntest('is not sold twice', () => {});`)).toHaveLength(1);
    expect(replaysIn(`  ${reference}\n  test(\n    'is not sold twice',`)).toHaveLength(1);
    expect(replaysIn(`${reference}\ntest.skip('is not sold twice', () => {});`)).toEqual([]);
    expect(replaysIn(`${reference}\n\nconst one = 1;`)).toEqual([]);
  });

  test.each(INCIDENTS)('%s is replayed', (incident) => {
    expect(replays.filter((replay) => replay.incident === incident)).not.toEqual([]);
  });

  test('that are replayed are all on the list', () => {
    expect(
      replays.map(({ incident }) => incident).filter((incident) => !INCIDENTS.includes(incident)),
    ).toEqual([]);
  });

  test('have tests that say what must not happen', () => {
    const names = replays.map(({ name }) => name);
    expect(names.filter((name) => !/\b(?:not|never|no|nothing|once)\b/.test(name))).toEqual([]);
  });
});
