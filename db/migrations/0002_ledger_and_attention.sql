-- Attention -----------------------------------------------------------------------------------------------------
-- Several causes may call a person to one order at the same time. orders.attention_* shows the newest of them.

CREATE TABLE attention_causes (
  order_id  text NOT NULL REFERENCES orders,
  code      text NOT NULL CHECK (code <> ''),
  message   text NOT NULL,
  -- Who found it: `workflow`, or the name of a scheduled job.
  raised_by text NOT NULL,
  -- Later than that of every cause that was there before, so that there is always one newest.
  since     timestamptz(3) NOT NULL,
  PRIMARY KEY (order_id, code)
);

INSERT INTO attention_causes (order_id, code, message, raised_by, since)
SELECT id, attention_code, attention_message, 'workflow', attention_since FROM orders WHERE attention_code IS NOT NULL;

-- Ledger --------------------------------------------------------------------------------------------------------
-- Double entry: each journal is written by the statement whose change it is, and its entries sum to zero.

CREATE TABLE ledger_journals (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id   text NOT NULL REFERENCES orders,
  kind       text NOT NULL CHECK (kind IN ('authorize', 'void', 'capture', 'refund_requested', 'refund', 'refund_failed',
               'refund_returned')),
  -- The operation key, or for the four kinds about a refund its id: a change is booked once.
  reference  text NOT NULL,
  currency   char(3) NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  UNIQUE (reference, kind)
);
CREATE INDEX ledger_journals_by_order ON ledger_journals (order_id);

CREATE TABLE ledger_entries (
  journal_id   bigint NOT NULL REFERENCES ledger_journals,
  account      text NOT NULL CHECK (account IN ('receivable', 'cash_at_provider', 'refunds_due', 'sales', 'returns',
                 'held_at_provider', 'held_contra')),
  -- Debits are positive, credits negative.
  amount_minor bigint NOT NULL CHECK (amount_minor <> 0 AND abs(amount_minor) <= 9007199254740991),
  PRIMARY KEY (journal_id, account)
);

CREATE TRIGGER ledger_journals_append_only BEFORE UPDATE OR DELETE ON ledger_journals FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE ON ledger_entries FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Looks when the transaction ends, and so once all entries of a journal are there.
CREATE FUNCTION refuse_unbalanced_journal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  journal bigint;
  entries integer;
  total   numeric;
BEGIN
  IF TG_TABLE_NAME = 'ledger_journals' THEN journal := NEW.id; ELSE journal := NEW.journal_id; END IF;
  SELECT count(*), sum(amount_minor) INTO entries, total FROM ledger_entries WHERE journal_id = journal;
  IF entries < 2 OR total <> 0 THEN
    RAISE EXCEPTION 'journal % has % entries, which sum to %', journal, entries, coalesce(total, 0)
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_journals_balance';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_journals_balance AFTER INSERT ON ledger_journals
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_unbalanced_journal();
CREATE CONSTRAINT TRIGGER ledger_entries_balance AFTER INSERT ON ledger_entries
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_unbalanced_journal();

-- What was done before there was a ledger, as it would have been booked.
WITH done (order_id, kind, reference, amount_minor, currency, at) AS (
    SELECT order_id, kind, key, provider_operations.amount_minor, payment_intents.currency, settled_at
    FROM provider_operations JOIN payment_intents USING (order_id)
    WHERE kind = 'authorize' AND status = 'succeeded'
  UNION ALL
    SELECT order_id, kind, key, authorized_minor, payment_intents.currency, settled_at
    FROM provider_operations JOIN payment_intents USING (order_id) WHERE kind = 'void' AND status = 'succeeded'
  UNION ALL
    SELECT order_id, kind, key, captured_minor, payment_intents.currency, settled_at
    FROM provider_operations JOIN payment_intents USING (order_id) WHERE kind = 'capture' AND status = 'succeeded'
  UNION ALL
    SELECT order_id, 'refund_requested', id, amount_minor, currency, created_at FROM refunds
  UNION ALL
    SELECT order_id, CASE status WHEN 'succeeded' THEN 'refund' ELSE 'refund_failed' END, id, amount_minor, currency, settled_at
    FROM refunds WHERE status <> 'pending'
), written AS (
  INSERT INTO ledger_journals (order_id, kind, reference, currency, created_at)
  SELECT order_id, kind, reference, currency, at FROM done WHERE amount_minor > 0 ORDER BY at, kind
  RETURNING id, kind, reference
)
INSERT INTO ledger_entries (journal_id, account, amount_minor)
SELECT written.id, account, sign * done.amount_minor
FROM written JOIN done USING (kind, reference) JOIN (VALUES
  ('authorize', 'receivable', 1), ('authorize', 'sales', -1), ('authorize', 'held_at_provider', 1), ('authorize', 'held_contra', -1),
  ('void', 'receivable', -1), ('void', 'sales', 1), ('void', 'held_at_provider', -1), ('void', 'held_contra', 1),
  ('capture', 'cash_at_provider', 1), ('capture', 'receivable', -1), ('capture', 'held_at_provider', -1), ('capture', 'held_contra', 1),
  ('refund_requested', 'returns', 1), ('refund_requested', 'refunds_due', -1),
  ('refund', 'refunds_due', 1), ('refund', 'cash_at_provider', -1),
  ('refund_failed', 'refunds_due', 1), ('refund_failed', 'returns', -1)
) AS signs (kind, account, sign) USING (kind);

-- Refunds that fail after all ------------------------------------------------------------------------------------

ALTER TABLE payment_intents
  -- Given back, and taken back by the provider: due to the customer until a later refund makes up for it.
  ADD COLUMN refund_due_minor bigint NOT NULL DEFAULT 0 CHECK (refund_due_minor >= 0),
  ADD CONSTRAINT payment_due_within_captured CHECK (refunded_minor + refund_pending_minor + refund_due_minor <= captured_minor);

ALTER TABLE refunds
  -- How much of the amount was due before, because an earlier refund had failed after all; not promised anew.
  ADD COLUMN from_due_minor bigint NOT NULL DEFAULT 0,
  -- When the provider said that a refund which it had reported as done has failed.
  ADD COLUMN returned_at timestamptz(3),
  ADD CONSTRAINT refunds_from_due_within_amount CHECK (from_due_minor BETWEEN 0 AND amount_minor),
  ADD CONSTRAINT refunds_returned_have_failed CHECK (returned_at IS NULL OR status = 'failed');

-- Units that lie on the shelf again although the refund that brought them has failed after all: the next refund of the
-- line that restocks brings back so many less.
ALTER TABLE order_lines ADD COLUMN restocked_ahead bigint NOT NULL DEFAULT 0 CHECK (restocked_ahead >= 0);
