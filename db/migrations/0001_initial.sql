-- The whole first schema. Every state change of an order is one statement that writes the order row, its event and
-- its outbox row; the CHECK constraints are the last line of defence behind those statements, not their substitute.
--
-- Times are kept to the millisecond, which is what a JavaScript date and a page cursor can hold. Amounts and counts that
-- others are bounded by stay within 2^53 - 1, so that every number survives JSON.

-- Catalogue -----------------------------------------------------------------------------------------------------

CREATE TABLE items (
  sku          text PRIMARY KEY CHECK (sku <> ''),
  name         text NOT NULL,
  weight_grams integer NOT NULL DEFAULT 500 CHECK (weight_grams >= 0),
  active       boolean NOT NULL DEFAULT true,
  -- { "GBP": 255, "EUR": 299 }, minor units. One value, so that an item always has the prices of one request, never a mix
  -- of two that replaced them at the same time.
  prices       jsonb NOT NULL DEFAULT '{}',
  created_at   timestamptz(3) NOT NULL DEFAULT now(),
  updated_at   timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT items_prices CHECK (jsonb_typeof(prices) = 'object' AND NOT jsonb_path_exists(prices,
    '$.* ? (!(@.type() == "number" && @ >= 0 && @ <= 9007199254740991 && @.floor() == @))'))
);

-- Inventory -----------------------------------------------------------------------------------------------------

CREATE TABLE locations (
  id       text PRIMARY KEY,
  name     text NOT NULL,
  -- The lower number is preferred when one location can serve a whole order.
  priority integer NOT NULL UNIQUE
);

-- fillfactor leaves room in the page, so that the counters of a busy item change without touching an index.
CREATE TABLE stock (
  sku         text NOT NULL REFERENCES items,
  location_id text NOT NULL REFERENCES locations,
  on_hand     bigint NOT NULL CHECK (on_hand BETWEEN 0 AND 9007199254740991),
  reserved    bigint NOT NULL DEFAULT 0 CHECK (reserved >= 0),
  PRIMARY KEY (sku, location_id),
  CONSTRAINT stock_reserved_within_on_hand CHECK (reserved <= on_hand)
) WITH (fillfactor = 70);

-- Every change of on_hand, append-only: on_hand is the sum of its movements.
CREATE TABLE stock_movements (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sku         text NOT NULL,
  location_id text NOT NULL,
  quantity    bigint NOT NULL CHECK (quantity <> 0),
  kind        text NOT NULL CHECK (kind IN ('adjustment', 'committed', 'restocked')),
  -- What it belongs to: an adjustment id, a shipment id or a refund id. The unique key makes a repetition harmless.
  reference   text NOT NULL,
  reason      text NOT NULL,
  actor       text NOT NULL,
  created_at  timestamptz(3) NOT NULL DEFAULT now(),
  FOREIGN KEY (sku, location_id) REFERENCES stock (sku, location_id),
  UNIQUE (reference, kind, sku, location_id)
);
CREATE INDEX stock_movements_shelf ON stock_movements (sku, location_id);

-- Orders --------------------------------------------------------------------------------------------------------

CREATE TABLE orders (
  id              text PRIMARY KEY,
  -- The sequence of the order's last event.
  version         integer NOT NULL CHECK (version > 0),
  status          text NOT NULL CHECK (status IN ('placed', 'reserved', 'in_review', 'authorized', 'confirmed', 'fulfilling',
                    'shipped', 'delivered', 'completed', 'rejected', 'cancelling', 'cancelled')),
  payment_status  text NOT NULL CHECK (payment_status IN ('none', 'authorized', 'captured', 'partially_refunded', 'refunded',
                    'voided', 'declined', 'unknown')),
  customer_id     text NOT NULL,
  currency        char(3) NOT NULL,
  total_minor     bigint NOT NULL CHECK (total_minor BETWEEN 0 AND 9007199254740991),
  -- Who asked and a digest of what was asked: a second request with the same Idempotency-Key is held against it.
  principal_id    text NOT NULL,
  fingerprint     text NOT NULL,
  -- The workflow run that owns the order. A run that finds another one here stops without an effect.
  workflow_run_id text NOT NULL,
  correlation_id  text NOT NULL,
  rejection       jsonb,
  cancellation_reason text,
  attention_code    text,
  attention_since   timestamptz(3),
  attention_message text,
  created_at      timestamptz(3) NOT NULL DEFAULT now(),
  updated_at      timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT orders_attention_whole CHECK ((attention_code IS NULL) = (attention_since IS NULL) AND (attention_code IS NULL) = (attention_message IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX orders_by_time ON orders (created_at DESC, id DESC);
CREATE INDEX orders_by_customer ON orders (customer_id, created_at DESC, id DESC);
CREATE INDEX orders_by_status ON orders (status, created_at DESC, id DESC);
CREATE INDEX orders_in_attention ON orders (created_at DESC, id DESC) WHERE attention_code IS NOT NULL;

-- The only table with personal data in clear, one row an order, so that a person can be forgotten by one statement.
CREATE TABLE order_contacts (
  order_id text PRIMARY KEY REFERENCES orders,
  ship_to  jsonb NOT NULL,
  email    text NOT NULL,
  phone    text
);

CREATE TABLE order_lines (
  order_id         text NOT NULL REFERENCES orders,
  line_number      integer NOT NULL CHECK (line_number > 0),
  sku              text NOT NULL,
  name             text NOT NULL,
  quantity         bigint NOT NULL CHECK (quantity > 0),
  unit_price_minor bigint NOT NULL CHECK (unit_price_minor >= 0),
  total_minor      bigint NOT NULL,
  weight_grams     integer NOT NULL,
  refunded_quantity bigint NOT NULL DEFAULT 0 CHECK (refunded_quantity >= 0),
  PRIMARY KEY (order_id, line_number),
  CONSTRAINT order_lines_total CHECK (total_minor = unit_price_minor * quantity),
  CONSTRAINT order_lines_refund_within_quantity CHECK (refunded_quantity <= quantity)
);

CREATE TABLE reservations (
  order_id    text NOT NULL,
  line_number integer NOT NULL,
  location_id text NOT NULL,
  sku         text NOT NULL,
  quantity    bigint NOT NULL CHECK (quantity > 0),
  state       text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'committed', 'released')),
  -- How many of the committed units a refund brought back to this shelf.
  restocked_quantity bigint NOT NULL DEFAULT 0,
  created_at  timestamptz(3) NOT NULL DEFAULT now(),
  ended_at    timestamptz(3),
  PRIMARY KEY (order_id, line_number, location_id),
  FOREIGN KEY (order_id, line_number) REFERENCES order_lines,
  FOREIGN KEY (sku, location_id) REFERENCES stock (sku, location_id),
  CONSTRAINT reservations_end CHECK ((state = 'open') = (ended_at IS NULL)),
  CONSTRAINT reservations_restock_within_committed
    CHECK (restocked_quantity BETWEEN 0 AND CASE WHEN state = 'committed' THEN quantity ELSE 0 END)
);
CREATE INDEX reservations_open ON reservations (sku, location_id) WHERE state = 'open';

CREATE TABLE shipments (
  id              text PRIMARY KEY,
  order_id        text NOT NULL REFERENCES orders,
  location_id     text NOT NULL REFERENCES locations,
  status          text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'booked', 'shipped', 'delivered', 'cancelled')),
  carrier         text,
  tracking_number text,
  carrier_reference text,
  label_url       text,
  created_at      timestamptz(3) NOT NULL DEFAULT now(),
  updated_at      timestamptz(3) NOT NULL DEFAULT now(),
  UNIQUE (order_id, location_id)
);

-- Payments ------------------------------------------------------------------------------------------------------

CREATE TABLE payment_intents (
  order_id         text PRIMARY KEY REFERENCES orders,
  method           text NOT NULL,
  currency         char(3) NOT NULL,
  amount_minor     bigint NOT NULL CHECK (amount_minor >= 0),
  authorized_minor bigint NOT NULL DEFAULT 0,
  captured_minor   bigint NOT NULL DEFAULT 0,
  -- Promised to the customer but not yet done at the provider; counts against what may still be refunded.
  refund_pending_minor bigint NOT NULL DEFAULT 0 CHECK (refund_pending_minor >= 0),
  refunded_minor   bigint NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0),
  capture_before   timestamptz(3),
  voided_at        timestamptz(3),
  CONSTRAINT payment_authorized_within_amount CHECK (authorized_minor BETWEEN 0 AND amount_minor),
  CONSTRAINT payment_captured_within_authorized CHECK (captured_minor BETWEEN 0 AND authorized_minor),
  CONSTRAINT payment_refunded_within_captured CHECK (refunded_minor + refund_pending_minor <= captured_minor),
  CONSTRAINT payment_voided_is_not_captured CHECK (voided_at IS NULL OR captured_minor = 0)
);

-- Every operation at another company. The row is written by the statement before the first call, with the key that
-- every attempt uses, and settled by the statement that records the answer.
CREATE TABLE provider_operations (
  key           text PRIMARY KEY,
  order_id      text NOT NULL REFERENCES orders,
  kind          text NOT NULL CHECK (kind IN ('authorize', 'capture', 'void', 'refund', 'book', 'cancel_booking')),
  -- The refund or shipment that it is for; null for the payment of the order itself.
  subject_id    text,
  amount_minor  bigint,
  currency      char(3),
  status        text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'succeeded', 'refused', 'not_needed')),
  provider_reference text,
  refusal_code  text,
  created_at    timestamptz(3) NOT NULL DEFAULT now(),
  settled_at    timestamptz(3),
  CONSTRAINT provider_operations_settled CHECK ((status = 'pending') = (settled_at IS NULL))
);
CREATE INDEX provider_operations_by_order ON provider_operations (order_id);
CREATE UNIQUE INDEX provider_operations_one_authorization ON provider_operations (order_id) WHERE kind = 'authorize' AND status = 'succeeded';

CREATE TABLE refunds (
  id           text PRIMARY KEY,
  order_id     text NOT NULL REFERENCES orders,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  currency     char(3) NOT NULL,
  reason       text NOT NULL,
  restock      boolean NOT NULL,
  -- [{ "lineId": "1", "quantity": 2 }], empty for a refund by amount.
  lines        jsonb NOT NULL,
  status       text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'succeeded', 'failed')),
  failure_code text,
  actor        text NOT NULL,
  created_at   timestamptz(3) NOT NULL DEFAULT now(),
  settled_at   timestamptz(3),
  CONSTRAINT refunds_settled CHECK ((status = 'pending') = (settled_at IS NULL))
);
CREATE INDEX refunds_by_order ON refunds (order_id);

-- Events --------------------------------------------------------------------------------------------------------

CREATE TABLE order_events (
  order_id       text NOT NULL REFERENCES orders,
  sequence       integer NOT NULL CHECK (sequence > 0),
  type           text NOT NULL,
  occurred_at    timestamptz(3) NOT NULL DEFAULT now(),
  correlation_id text NOT NULL,
  causation_id   text NOT NULL,
  data           jsonb NOT NULL,
  PRIMARY KEY (order_id, sequence)
);

-- What is not yet published. A row is written with its event and deleted when the broker has it.
CREATE TABLE outbox (
  order_id     text NOT NULL,
  sequence     integer NOT NULL,
  position     bigint GENERATED ALWAYS AS IDENTITY,
  leased_by    text,
  leased_until timestamptz(3),
  PRIMARY KEY (order_id, sequence),
  FOREIGN KEY (order_id, sequence) REFERENCES order_events (order_id, sequence)
);
CREATE INDEX outbox_by_position ON outbox (position);

-- History is not rewritten: rows of these tables can be added, never changed or removed.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER order_events_append_only BEFORE UPDATE OR DELETE ON order_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER stock_movements_append_only BEFORE UPDATE OR DELETE ON stock_movements FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Webhooks ------------------------------------------------------------------------------------------------------

CREATE TABLE webhook_inbox (
  provider        text NOT NULL CHECK (provider IN ('payments', 'shipping')),
  -- The provider's id of the message: a second delivery finds it here.
  message_id      text NOT NULL,
  position        bigint GENERATED ALWAYS AS IDENTITY,
  order_id        text NOT NULL,
  payload         jsonb NOT NULL,
  received_at     timestamptz(3) NOT NULL DEFAULT now(),
  state           text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'not_needed', 'dead')),
  attempts        integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz(3) NOT NULL DEFAULT now(),
  last_error      text,
  settled_at      timestamptz(3),
  PRIMARY KEY (provider, message_id)
);
CREATE INDEX webhook_inbox_pending ON webhook_inbox (next_attempt_at) WHERE state = 'pending';

-- Notifications -------------------------------------------------------------------------------------------------

CREATE TABLE notifications (
  order_id   text NOT NULL REFERENCES orders,
  template   text NOT NULL CHECK (template IN ('confirmed', 'shipped', 'cancelled', 'refunded')),
  -- What within the order it is about: `1`, or a refund id; one mail for each.
  subject_id text NOT NULL,
  state      text NOT NULL CHECK (state IN ('sending', 'sent', 'suppressed', 'unknown')),
  message_id text NOT NULL,
  reason     text,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  settled_at timestamptz(3),
  PRIMARY KEY (order_id, template, subject_id)
);

-- API -----------------------------------------------------------------------------------------------------------

CREATE TABLE api_keys (
  id          text PRIMARY KEY,
  -- SHA-256 of the key, hex. The key is 256 random bits, so a slow hash would add nothing.
  key_hash    text NOT NULL UNIQUE,
  role        text NOT NULL CHECK (role IN ('customer', 'viewer', 'operator', 'approver', 'admin', 'importer')),
  -- The one customer that a key of role `customer` acts for.
  customer_id text,
  created_at  timestamptz(3) NOT NULL DEFAULT now(),
  revoked_at  timestamptz(3),
  CONSTRAINT api_keys_customer CHECK ((role = 'customer') = (customer_id IS NOT NULL))
);

CREATE TABLE idempotency_answers (
  principal_id text NOT NULL,
  key          text NOT NULL,
  fingerprint  text NOT NULL,
  http_status  integer NOT NULL,
  headers      jsonb NOT NULL,
  -- The very bytes of the first answer.
  body         text NOT NULL,
  created_at   timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (principal_id, key)
);

-- Read model ----------------------------------------------------------------------------------------------------
-- Fed from the queue alone, by the projections process; never written by anything that writes the tables above.

CREATE SCHEMA projections;

CREATE TABLE projections.order_summaries (
  order_id       text PRIMARY KEY,
  last_sequence  integer NOT NULL,
  status         text NOT NULL,
  payment_status text NOT NULL,
  customer_id    text NOT NULL,
  currency       char(3) NOT NULL,
  total_minor    bigint NOT NULL,
  captured_minor bigint NOT NULL DEFAULT 0,
  refunded_minor bigint NOT NULL DEFAULT 0,
  attention_code text,
  placed_at      timestamptz(3) NOT NULL,
  updated_at     timestamptz(3) NOT NULL
);

CREATE TABLE projections.consumed_events (
  consumer    text NOT NULL,
  event_id    text NOT NULL,
  consumed_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (consumer, event_id)
);
