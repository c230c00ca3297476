-- Operator actions ----------------------------------------------------------------------------------------------
-- What people asked to be done to an order, written before it is done, and what became of it. Neither is ever changed.

CREATE TABLE operator_actions (
  -- Derived from who asked and the Idempotency-Key, so that a repetition arrives at the same one.
  id         text PRIMARY KEY,
  order_id   text NOT NULL REFERENCES orders,
  action     text NOT NULL CHECK (action IN ('cancel', 'refund', 'hold', 'release', 'retry_now', 'skip_step', 'resolve_outcome',
               'change_address', 'reroute', 'resend_notification')),
  -- A principal, and its role at that time.
  actor      text NOT NULL,
  role       text NOT NULL,
  reason     text NOT NULL,
  request_id text NOT NULL,
  -- SHA-256 of the Idempotency-Key, hex.
  key_digest text NOT NULL,
  -- What the action needs besides the order. No personal data: an address stands here as its digest.
  input      jsonb NOT NULL,
  asked_at   timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX operator_actions_by_order ON operator_actions (order_id, asked_at DESC, id DESC);
CREATE INDEX operator_actions_by_time ON operator_actions (asked_at DESC, id DESC);
CREATE INDEX operator_actions_by_actor ON operator_actions (actor, asked_at DESC, id DESC);
CREATE INDEX operator_actions_by_action ON operator_actions (action, asked_at DESC, id DESC);

-- An action without any outcome was cut short; a repetition with its key finds out what became of it.
CREATE TABLE operator_action_outcomes (
  action_id text NOT NULL REFERENCES operator_actions,
  outcome   text NOT NULL CHECK (outcome IN ('pending_approval', 'approved', 'declined', 'done', 'refused', 'failed')),
  -- Who decided, or carried it out.
  actor     text NOT NULL,
  role      text NOT NULL,
  -- For people; no personal data.
  detail    text NOT NULL,
  at        timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (action_id, outcome)
);
-- A second person decides once, and an action ends once.
CREATE UNIQUE INDEX operator_action_outcomes_one_decision ON operator_action_outcomes (action_id)
  WHERE outcome IN ('approved', 'declined');
CREATE UNIQUE INDEX operator_action_outcomes_one_end ON operator_action_outcomes (action_id)
  WHERE outcome IN ('declined', 'done', 'refused', 'failed');
CREATE INDEX operator_action_outcomes_pending ON operator_action_outcomes (at, action_id) WHERE outcome = 'pending_approval';

CREATE TRIGGER operator_actions_append_only BEFORE UPDATE OR DELETE ON operator_actions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER operator_action_outcomes_append_only BEFORE UPDATE OR DELETE ON operator_action_outcomes
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Resolved outcomes ---------------------------------------------------------------------------------------------
-- What an operator knows of an operation whose answer was lost. It counts only while the provider itself does not answer.

CREATE TABLE operation_resolutions (
  action_id     text PRIMARY KEY,
  operation_key text NOT NULL REFERENCES provider_operations,
  outcome       text NOT NULL CHECK (outcome IN ('succeeded', 'never_happened')),
  provider_reference text,
  evidence      text NOT NULL,
  actor         text NOT NULL,
  created_at    timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT operation_resolutions_reference CHECK ((outcome = 'succeeded') = (provider_reference IS NOT NULL))
);
-- The newest one of an operation counts.
CREATE INDEX operation_resolutions_by_operation ON operation_resolutions (operation_key, created_at DESC);
CREATE TRIGGER operation_resolutions_append_only BEFORE UPDATE OR DELETE ON operation_resolutions
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
