/** Every table. A test holds them against the database that the migrations make. */
export * from './access.ts';
export * from './events.ts';
export * from './fraud.ts';
export * from './inventory.ts';
export * from './ledger.ts';
export * from './maintenance.ts';
export * from './notifications.ts';
export * from './operations.ts';
export * from './orders.ts';
export * from './payments.ts';
export * from './projections.ts';
export * from './waiting-rooms.ts';
export * from './webhooks.ts';
