/** The tables as TypeScript knows them are the tables as the migrations make them. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { is, sql } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import * as schema from '../../../db/schema/index.ts';
import { openTestDatabase, type TestDatabase } from './fixtures.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(async () => {
  await db.close();
});

interface Column {
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly primary: boolean;
  readonly hasDefault: boolean;
}

const tables = Object.values<unknown>(schema)
  .filter((value) => is(value, PgTable))
  .map((table) => getTableConfig(table));

function declared(): Column[] {
  return tables.flatMap((table) => {
    const primary = new Set([
      ...table.primaryKeys.flatMap((key) => key.columns.map((column) => column.name)),
      ...table.columns.filter((column) => column.primary).map((column) => column.name),
    ]);
    return table.columns.map((column) => ({
      table: `${table.schema ?? 'public'}.${table.name}`,
      column: column.name,
      // As PostgreSQL says it, without a space.
      type: column.getSQLType().replace('timestamp (', 'timestamp('),
      nullable: !column.notNull && !primary.has(column.name),
      primary: primary.has(column.name),
      hasDefault: column.hasDefault || column.generatedIdentity !== undefined,
    }));
  });
}

async function present(): Promise<readonly Column[]> {
  return db.database.query<Column>(
    'test.columns',
    sql`SELECT columns.table_schema || '.' || columns.table_name AS table, columns.column_name AS column,
        CASE data_type
          WHEN 'timestamp with time zone' THEN 'timestamp(' || datetime_precision || ') with time zone'
          WHEN 'character' THEN 'char(' || character_maximum_length || ')'
          ELSE data_type END AS type,
        is_nullable = 'YES' AS nullable,
        EXISTS (
          SELECT FROM information_schema.table_constraints AS constraints
          JOIN information_schema.key_column_usage AS used USING (constraint_schema, constraint_name)
          WHERE constraints.constraint_type = 'PRIMARY KEY' AND used.table_schema = columns.table_schema
            AND used.table_name = columns.table_name AND used.column_name = columns.column_name) AS primary,
        column_default IS NOT NULL OR is_identity = 'YES' AS "hasDefault"
      FROM information_schema.columns
      JOIN pg_class ON pg_class.oid = format('%I.%I', table_schema, table_name)::regclass
      WHERE table_schema IN ('public', 'projections') AND table_name <> 'schema_migrations'
        -- A partition is as its table is.
        AND relkind IN ('r', 'p') AND NOT relispartition`,
  );
}

const byName = (columns: readonly Column[]): Record<string, Column> =>
  Object.fromEntries(columns.map((column) => [`${column.table}.${column.column}`, column]));

test('every table and column is declared with its type, nullability, key and default, and no other', async () => {
  const inDatabase = byName(await present());
  expect(Object.keys(inDatabase).length).toBeGreaterThan(100);
  expect(byName(declared())).toEqual(inDatabase);
});

test('every set of words that a column may have is the one that the database checks', async () => {
  const checks = await db.database.query<{ table: string; definition: string }>(
    'test.checks',
    sql`SELECT relname AS table, pg_get_constraintdef(pg_constraint.oid) AS definition
      FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid WHERE contype = 'c'`,
  );
  const compared: string[] = [];
  for (const table of tables)
    for (const { name, enumValues } of table.columns) {
      if (enumValues === undefined || enumValues.length === 0) continue;
      const check = checks.find(
        (each) => each.table === table.name && each.definition.startsWith(`CHECK ((${name} = ANY`),
      );
      const words = [...(check?.definition.matchAll(/'(\w+)'::text/g) ?? [])].map((match) => match[1]);
      expect({ column: `${table.name}.${name}`, words }).toEqual({
        column: `${table.name}.${name}`,
        words: [...enumValues],
      });
      compared.push(name);
    }
  expect(compared.length).toBeGreaterThan(8);
});
