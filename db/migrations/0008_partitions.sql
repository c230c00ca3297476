-- What grows with every order and is kept for a time only lies in partitions of a month: to let a month go is then to drop a
-- table, which costs nothing of the months that stay.

-- Rows are moved, and programs of the version before would not find what they write into: they have to be at rest.
DO $$
DECLARE
  programs text := (
    SELECT string_agg(DISTINCT application_name, ', ') FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE 'order-saga%' AND application_name <> 'order-saga migrate');
BEGIN
  IF programs IS NOT NULL AND EXISTS (SELECT FROM orders) THEN
    RAISE EXCEPTION 'programs are at work on this database: %', programs
      USING HINT = 'Stop them, migrate, and start those of the new version. Orders under way wait in Temporal meanwhile.';
  END IF;
END $$;

-- Months --------------------------------------------------------------------------------------------------------

-- The partitions that hold one month each, of all tables. What belongs to none of them is in the table's DEFAULT partition.
CREATE VIEW month_partitions AS
SELECT parent.oid::regclass AS parent, child.oid::regclass AS partition,
  bounds[1]::timestamptz AS starts_at, bounds[2]::timestamptz AS ends_at
FROM pg_inherits JOIN pg_class AS parent ON parent.oid = inhparent JOIN pg_class AS child ON child.oid = inhrelid
CROSS JOIN LATERAL regexp_match(pg_get_expr(child.relpartbound, child.oid),
  '^FOR VALUES FROM \(''(.+)''\) TO \(''(.+)''\)$') AS bounds
WHERE parent.relkind = 'p' AND bounds IS NOT NULL;

-- Makes the partitions that are missing from the month of one time to that of another, in UTC. A month of which the DEFAULT
-- partition has rows already stays there: nothing is lost by that, and rows of a table in use are not moved about.
--
-- Gives up with 55P03 (lock not available) rather than let orders wait for it.
CREATE FUNCTION make_month_partitions(parent regclass, from_time timestamptz, to_time timestamptz) RETURNS integer
LANGUAGE plpgsql SET timezone = 'UTC' SET lock_timeout = '500ms' AS $$
DECLARE
  time_column name := (
    SELECT attname FROM pg_partitioned_table JOIN pg_attribute ON attrelid = partrelid AND attnum = partattrs[0]
    WHERE partrelid = parent);
  month_start timestamptz := date_trunc('month', from_time);
  month_end   timestamptz;
  is_free     boolean;
  made        integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('order-saga partitions'));
  WHILE month_start <= to_time LOOP
    month_end := month_start + interval '1 month';
    IF NOT EXISTS (SELECT FROM month_partitions AS present
        WHERE present.parent = make_month_partitions.parent AND present.starts_at = month_start) THEN
      EXECUTE format('SELECT NOT EXISTS (SELECT FROM %1$s_default WHERE %2$I >= %3$L AND %2$I < %4$L)',
        parent, time_column, month_start, month_end) INTO is_free;
      IF is_free THEN
        EXECUTE format('CREATE TABLE %1$s_%2$s PARTITION OF %1$s FOR VALUES FROM (%3$L) TO (%4$L)',
          parent, to_char(month_start, 'YYYY_MM'), month_start, month_end);
        made := made + 1;
      END IF;
    END IF;
    month_start := month_end;
  END LOOP;
  RETURN made;
END $$;

-- Orders --------------------------------------------------------------------------------------------------------

-- An order is placed once, so its id and the time at which it was placed name it as the id alone does. Events refer to both.
ALTER TABLE orders ADD CONSTRAINT orders_id_and_time UNIQUE (id, created_at);

-- In one direction, so that a list by status can say that it wants this order and no other: see its statement.
DROP INDEX orders_by_status;
CREATE INDEX orders_by_status ON orders (status, created_at, id);

-- Orders whose parcels others move, by when that should have happened.
CREATE INDEX orders_at_carrier ON orders (waiting_until) WHERE waiting_for IN ('hand_over', 'delivery');

-- Events --------------------------------------------------------------------------------------------------------

-- A partition holds the events of the orders that were *placed* in its month, however late they happen. An order has one such
-- time, so all its events lie in one partition, (order_id, sequence) is unique as before, and a partition goes with whole lives.
ALTER TABLE outbox DROP CONSTRAINT outbox_order_id_sequence_fkey;
ALTER TABLE order_events RENAME TO order_events_before;
ALTER INDEX order_events_pkey RENAME TO order_events_before_pkey;
ALTER INDEX order_events_by_time RENAME TO order_events_before_by_time;

CREATE TABLE order_events (
  order_id       text NOT NULL,
  -- The order's created_at.
  placed_at      timestamptz(3) NOT NULL,
  sequence       integer NOT NULL CHECK (sequence > 0),
  type           text NOT NULL,
  occurred_at    timestamptz(3) NOT NULL DEFAULT now(),
  correlation_id text NOT NULL,
  causation_id   text NOT NULL,
  data           jsonb NOT NULL,
  PRIMARY KEY (order_id, sequence, placed_at),
  FOREIGN KEY (order_id, placed_at) REFERENCES orders (id, created_at)
) PARTITION BY RANGE (placed_at);
CREATE TABLE order_events_default PARTITION OF order_events DEFAULT;
CREATE INDEX order_events_by_time ON order_events USING brin (occurred_at) WITH (autosummarize = on);
CREATE TRIGGER order_events_append_only BEFORE UPDATE OR DELETE ON order_events FOR EACH ROW EXECUTE FUNCTION refuse_change();

SELECT make_month_partitions('order_events', coalesce(min(created_at), now()), now() + interval '2 months') FROM orders;
INSERT INTO order_events (order_id, placed_at, sequence, type, occurred_at, correlation_id, causation_id, data)
SELECT order_id, created_at, sequence, type, occurred_at, events.correlation_id, causation_id, data
FROM order_events_before AS events JOIN orders ON orders.id = order_id ORDER BY occurred_at;
DROP TABLE order_events_before;

-- The relay finds an event in its partition.
ALTER TABLE outbox ADD COLUMN placed_at timestamptz(3);
UPDATE outbox SET placed_at = created_at FROM orders WHERE orders.id = order_id;
ALTER TABLE outbox ALTER COLUMN placed_at SET NOT NULL,
  ADD FOREIGN KEY (order_id, sequence, placed_at) REFERENCES order_events (order_id, sequence, placed_at);

-- Months whose events were dropped: their orders are there, at their end, and what happened to them before is not told any more.
CREATE TABLE dropped_event_months (
  placed_from  timestamptz(3) PRIMARY KEY,
  placed_until timestamptz(3) NOT NULL,
  dropped_at   timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT dropped_event_months_order CHECK (placed_from < placed_until)
);

CREATE OR REPLACE FUNCTION replay_events(order_ids text[], from_time timestamptz, to_time timestamptz, replay text)
RETURNS TABLE (order_id text, event_count integer) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM orders WHERE orders.id = ANY (order_ids) ORDER BY orders.id FOR NO KEY UPDATE;
  RETURN QUERY
    WITH queued AS (
      INSERT INTO outbox (order_id, sequence, placed_at, replay_id)
      SELECT events.order_id, events.sequence, events.placed_at, replay
      FROM orders JOIN order_events AS events ON events.order_id = orders.id AND events.placed_at = orders.created_at
      WHERE orders.id = ANY (order_ids) AND events.occurred_at >= from_time AND events.occurred_at < to_time
        AND NOT EXISTS (SELECT FROM outbox AS waiting WHERE waiting.order_id = events.order_id)
      ORDER BY events.order_id, events.sequence
      RETURNING outbox.order_id
    )
    SELECT queued.order_id, count(*)::integer FROM queued GROUP BY queued.order_id;
END $$;

-- Webhooks ------------------------------------------------------------------------------------------------------

ALTER TABLE webhook_inbox RENAME TO webhook_inbox_before;
ALTER INDEX webhook_inbox_pkey RENAME TO webhook_inbox_before_pkey;
DROP INDEX webhook_inbox_pending, webhook_inbox_settled;

CREATE TABLE webhook_inbox (
  provider        text NOT NULL CHECK (provider IN ('payments', 'shipping')),
  -- The provider's id of the message: a second delivery finds it here.
  message_id      text NOT NULL,
  position        bigint GENERATED ALWAYS AS IDENTITY,
  order_id        text NOT NULL,
  -- The operation whose outcome it tells; null when it tells something else.
  operation_key   text,
  payload         jsonb NOT NULL,
  received_at     timestamptz(3) NOT NULL DEFAULT now(),
  state           text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'not_needed', 'dead')),
  attempts        integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz(3) NOT NULL DEFAULT now(),
  last_error      text,
  settled_at      timestamptz(3),
  PRIMARY KEY (provider, message_id, received_at)
) PARTITION BY RANGE (received_at);
CREATE TABLE webhook_inbox_default PARTITION OF webhook_inbox DEFAULT;
CREATE INDEX webhook_inbox_pending ON webhook_inbox (next_attempt_at) WHERE state = 'pending';
CREATE INDEX webhook_inbox_dead ON webhook_inbox (position) WHERE state = 'dead';
CREATE INDEX webhook_inbox_by_settling ON webhook_inbox USING brin (settled_at) WITH (autosummarize = on);

SELECT make_month_partitions('webhook_inbox', coalesce(min(received_at), now()), now() + interval '2 months')
FROM webhook_inbox_before;
INSERT INTO webhook_inbox (provider, message_id, position, order_id, operation_key, payload, received_at, state, attempts,
  next_attempt_at, last_error, settled_at) OVERRIDING SYSTEM VALUE
SELECT provider, message_id, position, order_id, operation_key, payload, received_at, state, attempts, next_attempt_at, last_error,
  settled_at
FROM webhook_inbox_before ORDER BY position;
SELECT setval(pg_get_serial_sequence('webhook_inbox', 'position'), max(position)) FROM webhook_inbox_before;
DROP TABLE webhook_inbox_before;

-- A message is stored once, whichever months its deliveries fall into: deliveries of one message take turns, and who comes second
-- looks when the first is done. What is there makes the new row vanish without an error.
CREATE FUNCTION skip_stored_webhook() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(NEW.provider || ' ' || NEW.message_id, 0));
  IF EXISTS (SELECT FROM webhook_inbox WHERE provider = NEW.provider AND message_id = NEW.message_id) THEN
    RETURN NULL;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER webhook_inbox_once BEFORE INSERT ON webhook_inbox FOR EACH ROW EXECUTE FUNCTION skip_stored_webhook();

-- Letting a month go --------------------------------------------------------------------------------------------

-- Drops a partition whose month ended longer ago than `keep`, unless something in it is still needed: then it stays, whole.
-- Returns `dropped`, `needed`, or `busy` when its tables were in use for too long, for orders do not wait for it.
CREATE FUNCTION drop_month_partition(month regclass, keep interval) RETURNS text
LANGUAGE plpgsql SET timezone = 'UTC' SET lock_timeout = '500ms' AS $$
DECLARE
  found     month_partitions%ROWTYPE;
  is_needed boolean;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('order-saga partitions'));
  SELECT * INTO found FROM month_partitions WHERE partition = month;
  IF found IS NULL OR found.ends_at > now() - keep THEN RETURN 'needed'; END IF;
  -- Nobody writes into it until this ends, so each look from here on sees all that there will be.
  EXECUTE format('LOCK TABLE %s IN EXCLUSIVE MODE', month);
  IF found.parent = 'order_events'::regclass THEN
    -- An open order needs its events, as does one with a refund under way, and what is not published yet.
    SELECT EXISTS (SELECT FROM orders
        WHERE status IN ('placed', 'reserved', 'in_review', 'authorized', 'confirmed', 'fulfilling', 'shipped', 'delivered', 'cancelling')
          AND orders.created_at >= found.starts_at AND orders.created_at < found.ends_at)
      OR EXISTS (SELECT FROM refunds JOIN orders ON orders.id = order_id WHERE refunds.status = 'pending'
          AND orders.created_at >= found.starts_at AND orders.created_at < found.ends_at)
      OR EXISTS (SELECT FROM outbox WHERE placed_at >= found.starts_at AND placed_at < found.ends_at)
      INTO is_needed;
    IF NOT is_needed THEN
      EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE occurred_at > now() - $1)', month) USING keep INTO is_needed;
    END IF;
  ELSE
    EXECUTE format('SELECT EXISTS (SELECT FROM %1$s WHERE state = ''pending'') OR EXISTS (SELECT FROM %1$s WHERE state = ''dead'')
      OR EXISTS (SELECT FROM %1$s WHERE settled_at > now() - $1)', month) USING keep INTO is_needed;
  END IF;
  IF is_needed THEN RETURN 'needed'; END IF;
  EXECUTE format('ALTER TABLE %s DETACH PARTITION %s', found.parent, month);
  EXECUTE format('DROP TABLE %s', month);
  IF found.parent = 'order_events'::regclass THEN
    INSERT INTO dropped_event_months (placed_from, placed_until) VALUES (found.starts_at, found.ends_at);
  END IF;
  RETURN 'dropped';
EXCEPTION WHEN lock_not_available THEN
  RETURN 'busy';
END $$;

-- The read model ------------------------------------------------------------------------------------------------

-- Nothing reads it: a row of the read model has the sequence of the last event that it has taken in, which tells of every event
-- whether it has seen it, for ever.
DROP TABLE projections.consumed_events;
CREATE INDEX order_summaries_by_time ON projections.order_summaries (updated_at);

-- How far the slow look over all orders has come that compares the read model with them.
CREATE TABLE drift_cursors (
  name       text PRIMARY KEY,
  after      text NOT NULL,
  updated_at timestamptz(3) NOT NULL DEFAULT now()
);

-- Waiting rooms -------------------------------------------------------------------------------------------------

CREATE INDEX waiting_rooms_by_closing ON waiting_rooms (closes_at);
