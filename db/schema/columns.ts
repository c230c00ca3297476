/** Columns as this schema has them, so that every table says the same by the same word. */
import { bigint, char, timestamp } from 'drizzle-orm/pg-core';

/** timestamptz(3), RFC 3339 in UTC as the client parses it. */
export const instant = (name: string) =>
  timestamp(name, { withTimezone: true, precision: 3, mode: 'string' });

/** int8 that a JavaScript number holds exactly. */
export const integer8 = (name: string) => bigint(name, { mode: 'number' });

/** ISO 4217. */
export const currency = (name = 'currency') => char(name, { length: 3 });
