-- An authorization that expires is let go and taken anew, so an order can have several one after the other; and every
-- order that is not at its end says what it waits for, whose turn it is, and until when.

-- Waiting -------------------------------------------------------------------------------------------------------

ALTER TABLE orders
  -- How long it may wait where, chosen when the order was placed.
  ADD COLUMN deadlines jsonb NOT NULL
    DEFAULT '{"shipWithinMs": 604800000, "deliverWithinMs": 1814400000, "returnWindowMs": 2592000000, "renewHoldBeforeMs": 43200000}',
  -- All four together, or none when the order is at its end.
  ADD COLUMN waiting_for text,
  ADD COLUMN waiting_owner text,
  ADD COLUMN waiting_since timestamptz(3),
  ADD COLUMN waiting_until timestamptz(3);

-- Orders that were under way: what their status waits for, counted from their last change.
UPDATE orders SET waiting_for = state.name, waiting_owner = state.owner, waiting_since = updated_at,
    waiting_until = updated_at + state.within
FROM (VALUES
  ('placed', 'placement', 'workflow', interval '15 minutes'),
  ('reserved', 'authorization', 'payment_provider', interval '15 minutes'),
  ('in_review', 'review', 'operator', interval '1 day'),
  ('authorized', 'confirmation', 'workflow', interval '15 minutes'),
  ('confirmed', 'booking', 'carrier', interval '15 minutes'),
  ('fulfilling', 'hand_over', 'warehouse', interval '7 days'),
  ('shipped', 'delivery', 'carrier', interval '21 days'),
  ('delivered', 'return_window', 'workflow', interval '30 days'),
  ('cancelling', 'undo', 'workflow', interval '30 minutes')
) AS state (status, name, owner, within)
WHERE orders.status = state.status;

ALTER TABLE orders ADD CONSTRAINT orders_waiting_whole CHECK (
  (waiting_for IS NULL) = (waiting_owner IS NULL) AND (waiting_for IS NULL) = (waiting_since IS NULL)
  AND (waiting_for IS NULL) = (waiting_until IS NULL));

-- Authorizations ------------------------------------------------------------------------------------------------

-- Which authorization of the order is the present one; its number is part of the keys of all operations upon it.
ALTER TABLE payment_intents ADD COLUMN authorization_attempt integer NOT NULL DEFAULT 1 CHECK (authorization_attempt > 0);

-- When an authorization no longer held anything: it was voided, or it expired.
ALTER TABLE provider_operations ADD COLUMN released_at timestamptz(3);
UPDATE provider_operations SET released_at = voided_at FROM payment_intents
WHERE payment_intents.order_id = provider_operations.order_id AND kind = 'authorize' AND status = 'succeeded';
ALTER TABLE provider_operations ADD CONSTRAINT provider_operations_released
  CHECK (released_at IS NULL OR (kind = 'authorize' AND status = 'succeeded'));

-- At most one that holds money.
DROP INDEX provider_operations_one_authorization;
CREATE UNIQUE INDEX provider_operations_one_hold ON provider_operations (order_id)
  WHERE kind = 'authorize' AND status = 'succeeded' AND released_at IS NULL;
