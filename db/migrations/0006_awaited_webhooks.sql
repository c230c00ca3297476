-- The operation at a provider that a webhook tells the outcome of; null when it tells something else. Most are told of an
-- outcome whose answer is being written down at that moment, so they wait a little and are dropped when it is there.
ALTER TABLE webhook_inbox ADD COLUMN operation_key text;
