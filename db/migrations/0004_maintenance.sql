-- What the jobs need that look after all orders: differences with providers, how far their lists are compared, and the
-- ways in which old and open rows are found.

-- Every difference between what a provider says it did and what is recorded here, one row for each (provider, key, kind).
CREATE TABLE reconciliation_breaks (
  -- Derived from provider, key and kind, so that a repetition arrives at the same one.
  id            text PRIMARY KEY,
  provider      text NOT NULL CHECK (provider IN ('payments', 'carrier')),
  operation_key text NOT NULL,
  -- As far as either side names one; it need not exist here.
  order_id      text,
  kind          text NOT NULL CHECK (kind IN ('missing_here', 'missing_there', 'order', 'operation', 'amount', 'currency', 'status')),
  -- What each side says, null where it says nothing.
  ours          jsonb,
  theirs        jsonb,
  state         text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'explained', 'settled')),
  note          text,
  -- Who explained or settled it: a principal, or `job` when the difference was gone.
  actor         text,
  first_seen    timestamptz(3) NOT NULL DEFAULT now(),
  last_seen     timestamptz(3) NOT NULL DEFAULT now(),
  settled_at    timestamptz(3),
  CONSTRAINT reconciliation_breaks_settled CHECK ((state = 'settled') = (settled_at IS NOT NULL)),
  CONSTRAINT reconciliation_breaks_once UNIQUE (provider, operation_key, kind)
);
CREATE INDEX reconciliation_breaks_open ON reconciliation_breaks (provider, id) WHERE state <> 'settled';
CREATE INDEX reconciliation_breaks_by_time ON reconciliation_breaks (first_seen DESC, id DESC);
CREATE INDEX reconciliation_breaks_by_order ON reconciliation_breaks (order_id);

-- How far a provider's list has been compared: everything before the page at `cursor` has been. What is older is compared
-- again a page at a time, from `sweep_cursor` on, because an operation can end otherwise later.
CREATE TABLE reconciliation_cursors (
  provider     text PRIMARY KEY CHECK (provider IN ('payments', 'carrier')),
  cursor       text,
  sweep_cursor text,
  updated_at   timestamptz(3) NOT NULL DEFAULT now()
);

-- When the provider's list was seen to have the operation. What has succeeded here and was never seen there is looked up.
ALTER TABLE provider_operations ADD COLUMN reconciled_at timestamptz(3);
CREATE INDEX provider_operations_unseen ON provider_operations (settled_at)
  WHERE status = 'succeeded' AND reconciled_at IS NULL;

-- Orders that somebody has to be at work on, which are few among many.
CREATE INDEX orders_open ON orders (id) WHERE status NOT IN ('completed', 'rejected', 'cancelled');
CREATE INDEX refunds_pending ON refunds (order_id) WHERE status = 'pending';

-- What has been kept long enough.
CREATE INDEX idempotency_answers_by_time ON idempotency_answers (created_at);
CREATE INDEX webhook_inbox_settled ON webhook_inbox (settled_at) WHERE state IN ('delivered', 'not_needed');
CREATE INDEX consumed_events_by_time ON projections.consumed_events (consumed_at);
