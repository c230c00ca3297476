-- Attention -----------------------------------------------------------------------------------------------------
-- Several causes may call a person to one order at the same time. orders.attention_* shows the newest of them.

CREATE TABLE attention_causes (
  order_id  text NOT NULL REFERENCES orders,
  code      text NOT NULL CHECK (code <> ''),
  message   text NOT NULL,
  -- Who found it: `workflow`, or the name of a scheduled job.
  raised_by text NOT NULL,
  -- Later than that of every cause that was there before, so that there is always one newest.
  since     timestamptz(3) NOT NULL,
  PRIMARY KEY (order_id, code)
);

INSERT INTO attention_causes (order_id, code, message, raised_by, since)
SELECT id, attention_code, attention_message, 'workflow', attention_since FROM orders WHERE attention_code IS NOT NULL;
