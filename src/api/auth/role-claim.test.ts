import { describe, expect, test } from '@jest/globals';
import { ROLE_PERMISSIONS } from './principal.ts';
import { readRole } from './role-claim.ts';

describe('the role of a token', () => {
  test.each<[string, unknown, string]>([
    ['one word', { role: 'operator' }, 'role'],
    ['a list with one', { groups: ['everybody', 'operator'] }, 'groups'],
    ['a list with several of staff: the one that may do most', { role: ['operator', 'viewer'] }, 'role'],
    ['nested', { realm_access: { roles: ['operator', 'offline_access'] } }, 'realm_access.roles'],
    ['a claim whose name has dots', { 'https://shop.example/role': 'operator' }, 'https://shop.example/role'],
  ])('is read from %s', (_what, payload, claim) => {
    expect(readRole(payload as Record<string, unknown>, claim)).toBe('operator');
  });

  test.each<[string, unknown]>([
    ['no claim', {}],
    ['a word that is none', { role: 'emperor' }],
    ['a part of a word', { role: 'operators' }],
    ['no text', { role: 7 }],
    ['an empty list', { role: [] }],
    ['a customer who is staff', { role: ['customer', 'operator'] }],
    ['an importer who is staff', { role: ['importer', 'viewer'] }],
    ['what every object has', { role: { constructor: 'operator' } }],
  ])('is none for %s', (_what, payload) => {
    expect(readRole(payload as Record<string, unknown>, 'role')).toBeNull();
  });

  test('does not come from what every object inherits', () => {
    expect(readRole({}, 'constructor.name')).toBeNull();
  });

  test('of staff includes all that the ones before it may do, on which choosing relies', () => {
    const staff = ['viewer', 'operator', 'approver', 'admin'] as const;
    for (const [index, role] of staff.slice(1).entries()) {
      const before = ROLE_PERMISSIONS[staff[index] ?? 'viewer'];
      expect(ROLE_PERMISSIONS[role]).toEqual(expect.arrayContaining([...before]));
    }
  });
});
