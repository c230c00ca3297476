/** The ledger. I12, and I13 as far as it is about what was moved. */
import { sqlCheck, type Check } from '../check.ts';
import { triggerCheck } from './triggers.ts';

const JOURNALS = `SELECT journal.*, account, amount_minor FROM ledger_journals AS journal
  LEFT JOIN ledger_entries ON journal_id = journal.id WHERE order_id = :orderId ORDER BY journal.id, account`;

export const LEDGER_CHECKS: readonly Check[] = [
  sqlCheck({
    invariant: 'I12',
    name: 'every journal sums to zero',
    over: 'ledger_journals',
    wrong: `SELECT journal.id AS "journalId", order_id AS "orderId",
        format('%s has %s entries, which sum to %s', kind, count(account), coalesce(sum(amount_minor), 0)) AS message
      FROM ledger_journals AS journal LEFT JOIN ledger_entries ON journal_id = journal.id
      GROUP BY journal.id HAVING count(account) < 2 OR sum(amount_minor) <> 0`,
    see: JOURNALS,
  }),
  sqlCheck({
    invariant: 'I12',
    name: 'every movement of money has its journal',
    over: 'ledger_journals',
    wrong: `WITH moved (order_id, kind, reference) AS (
          SELECT order_id, kind, key FROM provider_operations
          WHERE status = 'succeeded' AND kind IN ('authorize', 'capture') AND amount_minor > 0
        UNION ALL
          SELECT order_id, 'refund', id FROM refunds WHERE status = 'succeeded' OR returned_at IS NOT NULL
        UNION ALL
          SELECT order_id, 'refund_returned', id FROM refunds WHERE returned_at IS NOT NULL
      )
      SELECT coalesce(moved.order_id, journal.order_id) AS "orderId", kind, reference,
        CASE WHEN moved.reference IS NULL THEN 'booked, and never moved' ELSE 'moved, and not booked' END AS message
      FROM moved FULL JOIN (SELECT * FROM ledger_journals WHERE kind IN ('authorize', 'capture', 'refund', 'refund_returned')) AS journal
        USING (kind, reference)
      WHERE moved.order_id IS DISTINCT FROM journal.order_id`,
    see: JOURNALS,
  }),
  triggerCheck('I12', 'journals are only added', ['ledger_journals', 'ledger_entries']),
  sqlCheck({
    invariant: 'I13',
    name: 'the ledger tells what was moved',
    over: 'payment_intents',
    wrong: `SELECT order_id AS "orderId", format('cash %s of %s, held %s of %s, due back %s of %s', cash, captured - refunded, held,
        authorized - captured, due, promised) AS message
      FROM (
        SELECT order_id, refund_due_minor + coalesce(promised, 0) AS promised, coalesce(refunded, 0) AS refunded,
          coalesce(captured, 0) AS captured, coalesce(authorized, 0) AS authorized,
          coalesce(cash, 0) AS cash, coalesce(held, 0) AS held, coalesce(due, 0) AS due
        FROM payment_intents LEFT JOIN (
          SELECT order_id, sum(amount_minor) FILTER (WHERE kind = 'capture') AS captured,
            sum(amount_minor) FILTER (WHERE kind = 'authorize' AND released_at IS NULL) AS authorized
          FROM provider_operations WHERE status = 'succeeded' GROUP BY 1
        ) AS operations USING (order_id) LEFT JOIN (
          SELECT order_id, sum(amount_minor) FILTER (WHERE status = 'succeeded') AS refunded,
            sum(amount_minor) FILTER (WHERE status = 'pending') AS promised
          FROM refunds GROUP BY 1
        ) AS returned USING (order_id) LEFT JOIN (
          SELECT order_id, sum(amount_minor) FILTER (WHERE account = 'cash_at_provider') AS cash,
            sum(amount_minor) FILTER (WHERE account = 'held_at_provider') AS held,
            -sum(amount_minor) FILTER (WHERE account = 'refunds_due') AS due
          FROM ledger_journals AS journal JOIN ledger_entries ON journal_id = journal.id GROUP BY 1
        ) AS booked USING (order_id)
      ) AS compared
      WHERE cash <> captured - refunded OR held <> authorized - captured OR due <> promised`,
    see: JOURNALS,
  }),
];
