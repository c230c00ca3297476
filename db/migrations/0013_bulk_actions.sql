-- Bulk actions --------------------------------------------------------------------------------------------------
-- What people asked to be done to many orders at once. The orders are fixed when it is asked for, and so is the money of each.
-- What became of an order stands with its own action. None of these rows is ever changed.

CREATE TABLE bulk_actions (
  -- Derived from who asked and the Idempotency-Key; also the id of its workflow.
  id         text PRIMARY KEY,
  action     text NOT NULL CHECK (action IN ('cancel', 'refund', 'hold', 'release', 'retry_now', 'skip_step', 'resend_notification')),
  actor      text NOT NULL,
  role       text NOT NULL,
  reason     text NOT NULL,
  request_id text NOT NULL,
  -- SHA-256 of the Idempotency-Key, hex.
  key_digest text NOT NULL,
  -- What the action needs, the same for every order.
  input      jsonb NOT NULL,
  -- Which orders were asked for; null when they were named one by one.
  selection  jsonb,
  per_second integer NOT NULL CHECK (per_second > 0),
  -- How many orders, and what it would have meant for them, when it was asked for.
  orders     integer NOT NULL CHECK (orders > 0),
  tally      jsonb NOT NULL,
  needs_second_person boolean NOT NULL,
  asked_at   timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX bulk_actions_by_time ON bulk_actions (asked_at DESC, id DESC);

CREATE TABLE bulk_action_orders (
  bulk_id   text NOT NULL REFERENCES bulk_actions,
  -- From 1 on, in the order in which they are taken.
  position  integer NOT NULL CHECK (position > 0),
  order_id  text NOT NULL REFERENCES orders,
  -- Of the action that the order gets, once it is its turn.
  action_id text NOT NULL UNIQUE,
  -- What is given back to this order, minor units; null where the action moves no money, or none was left.
  amount_minor bigint CHECK (amount_minor > 0),
  PRIMARY KEY (bulk_id, position),
  UNIQUE (bulk_id, order_id)
);

CREATE TABLE bulk_action_steps (
  id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  bulk_id text NOT NULL REFERENCES bulk_actions,
  step    text NOT NULL CHECK (step IN ('pending_approval', 'approved', 'declined', 'withdrawn', 'running', 'paused', 'resumed', 'stopping',
            'stopped', 'finished')),
  -- Makes a repetition harmless: the step, or the request that asked for it where it can come several times.
  key     text NOT NULL,
  actor   text NOT NULL,
  role    text NOT NULL,
  -- For people; no personal data.
  detail  text NOT NULL,
  -- How many orders had come to what at its end.
  counts  jsonb,
  at      timestamptz(3) NOT NULL DEFAULT now(),
  UNIQUE (bulk_id, key),
  CONSTRAINT bulk_action_steps_counts CHECK ((step IN ('stopped', 'finished')) = (counts IS NOT NULL))
);
-- It is decided about once, and ends once.
CREATE UNIQUE INDEX bulk_action_steps_one_decision ON bulk_action_steps (bulk_id) WHERE step IN ('approved', 'declined', 'withdrawn');
CREATE UNIQUE INDEX bulk_action_steps_one_end ON bulk_action_steps (bulk_id) WHERE step IN ('declined', 'withdrawn', 'stopped', 'finished');

CREATE TRIGGER bulk_actions_append_only BEFORE UPDATE OR DELETE ON bulk_actions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bulk_action_orders_append_only BEFORE UPDATE OR DELETE ON bulk_action_orders FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bulk_action_steps_append_only BEFORE UPDATE OR DELETE ON bulk_action_steps FOR EACH ROW EXECUTE FUNCTION refuse_change();

ALTER TABLE operator_actions
  -- The bulk that it is a part of.
  ADD COLUMN bulk_id text REFERENCES bulk_actions;
CREATE INDEX operator_actions_by_bulk ON operator_actions (bulk_id, asked_at DESC, id DESC) WHERE bulk_id IS NOT NULL;

ALTER TABLE operator_action_outcomes
  -- The code of a refusal, which its detail says in words.
  ADD COLUMN why text CONSTRAINT operator_action_outcomes_why CHECK (why IS NULL OR outcome = 'refused');

-- Orders with an item. A line never changes, so that an order pays for it when it is placed and not again.
CREATE INDEX order_lines_by_sku ON order_lines (sku, order_id);
