-- Waiting rooms -------------------------------------------------------------------------------------------------
-- Who wants an item of an open room takes a ticket, and buys when it is admitted. Tickets are numbered from 1 by arrival, and
-- are admitted in that order at the rate of the room: all up to `admitted_number` have been.

CREATE TABLE waiting_rooms (
  id                    text PRIMARY KEY,
  name                  text NOT NULL,
  -- ["85123A"]. One value, so that a room always guards the items of one request, never a mix of two.
  skus                  jsonb NOT NULL,
  admissions_per_second double precision NOT NULL,
  opens_at              timestamptz(3),
  closes_at             timestamptz(3),
  -- A token bucket: at `counted_at` so many could be admitted, and nobody counts again before somebody asks.
  admitted_number       bigint NOT NULL DEFAULT 0 CHECK (admitted_number >= 0),
  allowance             double precision NOT NULL DEFAULT 0,
  counted_at            timestamptz(3) NOT NULL DEFAULT now(),
  created_at            timestamptz(3) NOT NULL DEFAULT now(),
  updated_at            timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT waiting_rooms_skus CHECK (jsonb_typeof(skus) = 'array' AND jsonb_array_length(skus) > 0
    AND NOT jsonb_path_exists(skus, '$[*] ? (@.type() != "string")')),
  CONSTRAINT waiting_rooms_rate CHECK (admissions_per_second BETWEEN 0 AND 10000),
  -- What one second brings, and one ticket at the least; nothing while it pauses.
  CONSTRAINT waiting_rooms_burst CHECK (allowance BETWEEN 0
    AND CASE WHEN admissions_per_second > 0 THEN greatest(1, admissions_per_second) ELSE 0 END),
  CONSTRAINT waiting_rooms_time CHECK (opens_at < closes_at)
) WITH (fillfactor = 50);
-- Every order asks which rooms are open, and most of the time the answer is none.
CREATE INDEX waiting_rooms_not_closed ON waiting_rooms ((coalesce(closes_at, timestamptz 'infinity')));

-- Apart from the room, so that those who arrive and those who ask whether they are admitted do not wait for each other.
CREATE TABLE waiting_room_counters (
  room_id text PRIMARY KEY REFERENCES waiting_rooms,
  -- The number of the last ticket.
  issued  bigint NOT NULL DEFAULT 0 CHECK (issued >= 0)
) WITH (fillfactor = 50);

CREATE TABLE waiting_room_tickets (
  id           text PRIMARY KEY,
  room_id      text NOT NULL REFERENCES waiting_rooms,
  customer_id  text NOT NULL,
  number       bigint NOT NULL CHECK (number > 0),
  joined_at    timestamptz(3) NOT NULL DEFAULT now(),
  -- Both null while it waits.
  admitted_at  timestamptz(3),
  valid_until  timestamptz(3),
  -- The order that it was used for. One that was rejected has given it back.
  order_id     text,
  claimed_at   timestamptz(3),
  UNIQUE (room_id, customer_id),
  UNIQUE (room_id, number),
  CONSTRAINT waiting_room_tickets_admitted CHECK ((admitted_at IS NULL) = (valid_until IS NULL)),
  CONSTRAINT waiting_room_tickets_claimed CHECK ((order_id IS NULL) = (claimed_at IS NULL)),
  CONSTRAINT waiting_room_tickets_used_when_admitted CHECK (order_id IS NULL OR admitted_at IS NOT NULL)
) WITH (fillfactor = 70);
-- An order uses one ticket.
CREATE UNIQUE INDEX waiting_room_tickets_order ON waiting_room_tickets (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX waiting_room_tickets_used ON waiting_room_tickets (room_id) WHERE order_id IS NOT NULL;
