-- Requests with an Idempotency-Key ------------------------------------------------------------------------------
-- A row begins as the claim of a key by one attempt at its request and ends as the answer. An attempt whose process was
-- killed lets its lease run out, and the next equal request makes the next attempt.

ALTER TABLE idempotency_answers
  -- Counts the attempts; what an attempt writes names its number, so one that was overtaken writes nothing.
  ADD COLUMN attempt      integer NOT NULL DEFAULT 1 CHECK (attempt > 0),
  -- Until when the attempt under way is waited for; null when none is under way.
  ADD COLUMN leased_until timestamptz(3),
  -- Whether the answer is the one for every repetition, or only for those who waited for this attempt.
  ADD COLUMN is_final     boolean NOT NULL DEFAULT true,
  ALTER COLUMN http_status DROP NOT NULL,
  ALTER COLUMN headers DROP NOT NULL,
  ALTER COLUMN body DROP NOT NULL;

-- Until now a claim was a row of its own under another key, and a placed order had none.
DELETE FROM idempotency_answers AS claim WHERE key LIKE 'claim:%' AND EXISTS (
  SELECT FROM idempotency_answers AS answered
  WHERE answered.principal_id = claim.principal_id AND 'claim:' || answered.key = claim.key);
UPDATE idempotency_answers
  SET key = substr(key, 7), is_final = false, http_status = NULL, headers = NULL, body = NULL
  WHERE key LIKE 'claim:%';

ALTER TABLE idempotency_answers
  ADD CONSTRAINT idempotency_answers_whole
    CHECK ((http_status IS NULL) = (headers IS NULL) AND (http_status IS NULL) = (body IS NULL)),
  ADD CONSTRAINT idempotency_answers_ended
    CHECK (leased_until IS NULL OR (http_status IS NULL AND NOT is_final)),
  ADD CONSTRAINT idempotency_answers_final CHECK (NOT is_final OR http_status IS NOT NULL);

-- Replay of events ----------------------------------------------------------------------------------------------

ALTER TABLE outbox
  -- The replay that put the row back; null for an event that was never published. Part of the deduplication id, because
  -- the broker drops for five minutes what has the id of an earlier message.
  ADD COLUMN replay_id text,
  ADD COLUMN queued_at timestamptz(3) NOT NULL DEFAULT now();

-- Events are written in the order of their time, so a summary of each range of pages finds a range of times.
CREATE INDEX order_events_by_time ON order_events USING brin (occurred_at) WITH (autosummarize = on);

-- Queues published events of orders once more. An order that has anything queued is left alone, so that what is put back
-- never goes out beside or after something newer.
--
-- A function, because it needs two looks at the tables: every statement that queues events of an order holds the order's
-- row, and only a statement that begins when we hold that row sees all that they have queued.
CREATE FUNCTION replay_events(order_ids text[], from_time timestamptz, to_time timestamptz, replay text)
RETURNS TABLE (order_id text, event_count integer) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM orders WHERE orders.id = ANY (order_ids) ORDER BY orders.id FOR NO KEY UPDATE;
  RETURN QUERY
    WITH queued AS (
      INSERT INTO outbox (order_id, sequence, replay_id)
      SELECT events.order_id, events.sequence, replay FROM order_events AS events
      WHERE events.order_id = ANY (order_ids) AND events.occurred_at >= from_time AND events.occurred_at < to_time
        AND NOT EXISTS (SELECT FROM outbox AS waiting WHERE waiting.order_id = events.order_id)
      ORDER BY events.order_id, events.sequence
      RETURNING outbox.order_id
    )
    SELECT queued.order_id, count(*)::integer FROM queued GROUP BY queued.order_id;
END $$;
