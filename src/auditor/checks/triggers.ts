import { sqlCheck, type Check } from '../check.ts';

/** History cannot be rewritten while the trigger that refuses it stands guard over each of these tables. */
export function triggerCheck(invariant: Check['invariant'], name: string, tables: readonly string[]): Check {
  return sqlCheck({
    invariant,
    name,
    over: `(VALUES ${tables.map((table) => `('${table}')`).join(', ')}) AS guarded`,
    wrong: `SELECT guarded.name AS "table", 'its rows can be changed and removed' AS message
      FROM (VALUES ${tables.map((table) => `('${table}')`).join(', ')}) AS guarded (name)
      WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = guarded.name::regclass
        AND tgname = guarded.name || '_append_only' AND tgenabled IN ('O', 'A'))`,
    see: `SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = :table::regclass`,
  });
}
