import { describe, expect, it } from '@jest/globals';
import { hasPermission, ownsOrder, PERMISSIONS, ROLE_PERMISSIONS, type Principal } from './principal.ts';

const principal = (role: Principal['role'], customerId: string | null = null): Principal => ({
  id: `key:${role}`,
  role,
  customerId,
});

describe('roles', () => {
  it('let only the importer and the administrator name prices', () => {
    const roles = Object.keys(ROLE_PERMISSIONS) as Principal['role'][];
    expect(roles.filter((role) => hasPermission(principal(role), 'orders:price-override'))).toEqual([
      'admin',
      'importer',
    ]);
  });

  it('let only the administrator read payloads in clear', () => {
    const roles = Object.keys(ROLE_PERMISSIONS) as Principal['role'][];
    expect(roles.filter((role) => hasPermission(principal(role), 'codec:use'))).toEqual(['admin']);
  });

  it('leave no permission without a role', () => {
    for (const permission of PERMISSIONS) expect(hasPermission(principal('admin'), permission)).toBe(true);
  });

  it('reach every order, except that a customer reaches its own', () => {
    expect(ownsOrder(principal('viewer'), 'cus_1')).toBe(true);
    expect(ownsOrder(principal('customer', 'cus_1'), 'cus_1')).toBe(true);
    expect(ownsOrder(principal('customer', 'cus_1'), 'cus_2')).toBe(false);
  });
});
