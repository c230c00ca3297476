/** Who is calling, and what each role may do. */
import type { Role } from '../../../db/repositories/access.repository.ts';

export interface Principal {
  /** `key:<api key id>` or `jwt:<subject>`. */
  readonly id: string;
  readonly role: Role;
  /** The one customer that a principal of role `customer` acts for; null for everybody else. */
  readonly customerId: string | null;
}

export const PERMISSIONS = [
  'orders:place',
  'orders:read',
  'orders:search',
  'orders:search-by-mail',
  'orders:cancel',
  'orders:refund',
  'orders:price-override',
  'orders:skip-waiting-room',
  'items:read',
  'items:write',
  'inventory:read',
  'inventory:adjust',
  'messages:read',
  'messages:repair',
  'ledger:read',
  'attention:read',
  'breaks:read',
  'breaks:close',
  'jobs:read',
  'jobs:run',
  'reviews:read',
  'reviews:decide',
  'actions:read',
  'actions:run',
  'actions:approve',
  'now:read',
  'codec:use',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

const OPERATOR: readonly Permission[] = [
  'orders:place',
  'orders:read',
  'orders:cancel',
  'orders:refund',
  'items:read',
  'items:write',
  'inventory:read',
  'inventory:adjust',
  'ledger:read',
];

/** What operations staff do besides; a program that imports orders has no need of it. */
const REPAIR: readonly Permission[] = [
  'attention:read',
  'orders:search',
  'orders:search-by-mail',
  'messages:read',
  'messages:repair',
  'breaks:read',
  'breaks:close',
  'jobs:read',
  'jobs:run',
  'reviews:read',
  'reviews:decide',
  'actions:read',
  'actions:run',
  'now:read',
];

/**
 * Roles as data. A permission on orders reaches every order, except for role `customer`, which reaches its own only
 * ({@link ownsOrder}). Reading payloads in clear is the administrator's, because they hold addresses.
 */
export const ROLE_PERMISSIONS: Readonly<Record<Role, readonly Permission[]>> = {
  customer: ['orders:place', 'orders:read', 'orders:cancel', 'items:read'],
  viewer: [
    'orders:read',
    'orders:search',
    'items:read',
    'inventory:read',
    'attention:read',
    'messages:read',
    'breaks:read',
    'jobs:read',
    'now:read',
    'ledger:read',
    'reviews:read',
    'actions:read',
  ],
  operator: [...OPERATOR, ...REPAIR],
  // The second person, for what goes beyond the limit of one.
  approver: [...OPERATOR, ...REPAIR, 'actions:approve'],
  admin: PERMISSIONS,
  // What it imports was sold elsewhere already.
  importer: [...OPERATOR, 'orders:price-override', 'orders:skip-waiting-room'],
};

export function hasPermission(principal: Principal, permission: Permission): boolean {
  return ROLE_PERMISSIONS[principal.role].includes(permission);
}

/** Whether this caller may know of the customer's orders at all. */
export function ownsOrder(principal: Principal, customerId: string): boolean {
  return principal.customerId === null || principal.customerId === customerId;
}
