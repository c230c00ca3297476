-- Screening -----------------------------------------------------------------------------------------------------
-- What screening said of an order, once, before anybody was asked for its money. It also is what later orders are held
-- against; so a card and an address are kept as digests under a key that is not in this database.

CREATE TABLE fraud_assessments (
  order_id       text PRIMARY KEY REFERENCES orders,
  score          double precision NOT NULL CHECK (score BETWEEN 0 AND 1),
  outcome        text NOT NULL CHECK (outcome IN ('pass', 'review', 'refuse')),
  model_version  text NOT NULL,
  -- [{ "scorer", "score", "weight", "signals": [{ "code", "value", "weight", "share", "sentence" }] }]
  parts          jsonb NOT NULL,
  -- Scorers that should have taken part and did not answer.
  degraded       jsonb NOT NULL,
  customer_id    text NOT NULL,
  currency       char(3) NOT NULL,
  amount_minor   bigint NOT NULL,
  country        text NOT NULL,
  card_digest    text NOT NULL,
  address_digest text NOT NULL,
  at             timestamptz(3) NOT NULL DEFAULT now()
);
-- The newest few of each are read, however many there are.
CREATE INDEX fraud_assessments_by_customer ON fraud_assessments (customer_id, at DESC);
CREATE INDEX fraud_assessments_by_card ON fraud_assessments (card_digest, at DESC);
CREATE INDEX fraud_assessments_by_address ON fraud_assessments (address_digest, at DESC);

CREATE TABLE reviews (
  order_id   text PRIMARY KEY REFERENCES orders,
  -- `expired`: nobody decided in time, and the default did. `withdrawn`: the order ended before anybody decided.
  state      text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'approved', 'rejected', 'expired', 'withdrawn')),
  since      timestamptz(3) NOT NULL DEFAULT now(),
  deadline   timestamptz(3) NOT NULL,
  -- Who of the staff looks at it.
  assignee   text,
  decision   text CHECK (decision IN ('approve', 'reject')),
  decided_by text,
  reason     text,
  decided_at timestamptz(3),
  CONSTRAINT reviews_ended CHECK ((state = 'open') = (decided_at IS NULL)),
  CONSTRAINT reviews_decision_of_state CHECK (CASE state
    WHEN 'approved' THEN decision = 'approve' WHEN 'rejected' THEN decision = 'reject'
    WHEN 'expired' THEN decision IS NOT NULL ELSE decision IS NULL END)
);
CREATE INDEX reviews_open ON reviews (deadline, order_id) WHERE state = 'open';

ALTER TABLE orders
  -- Whether the order is screened, chosen when it was placed.
  ADD COLUMN is_screened boolean NOT NULL DEFAULT false,
  ALTER COLUMN deadlines SET DEFAULT
    '{"shipWithinMs": 604800000, "deliverWithinMs": 1814400000, "returnWindowMs": 2592000000, "renewHoldBeforeMs": 43200000, "reviewWithinMs": 86400000}';
