import { sqlCheck, type Check } from '../check.ts';

/** History cannot be rewritten while the trigger that refuses it stands guard over each of these tables and their partitions. */
export function triggerCheck(invariant: Check['invariant'], name: string, tables: readonly string[]): Check {
  return sqlCheck({
    invariant,
    name,
    over: `(VALUES ${tables.map((table) => `('${table}')`).join(', ')}) AS guarded`,
    wrong: `SELECT part.relid::text AS "table", 'its rows can be changed and removed' AS message
      FROM (VALUES ${tables.map((table) => `('${table}')`).join(', ')}) AS guarded (name)
      CROSS JOIN LATERAL (SELECT guarded.name::regclass AS relid UNION SELECT relid FROM pg_partition_tree(guarded.name::regclass)) AS part
      WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = part.relid
        AND tgname = guarded.name || '_append_only' AND tgenabled IN ('O', 'A'))`,
    see: `SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = :table::regclass`,
  });
}
