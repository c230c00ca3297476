-- The queue of causes that call a person, the mails about them, and orders that are past their time.

-- How bad a cause is follows from its code and stands in the program, so the queue is read code by code, the newest first.
CREATE INDEX attention_causes_by_code ON attention_causes (code, since, order_id);

ALTER TABLE attention_causes
  -- When operations staff were written to about it; null when nobody was, or is to be.
  ADD COLUMN mailed_at timestamptz(3),
  -- The mail that told of it, with the others that were told at that time.
  ADD COLUMN mail_id text,
  ADD CONSTRAINT attention_causes_mailed CHECK ((mailed_at IS NULL) = (mail_id IS NULL));
CREATE INDEX attention_causes_unmailed ON attention_causes (since, order_id, code) WHERE mailed_at IS NULL;
-- To take a mail back that surely was not sent.
CREATE INDEX attention_causes_by_mail ON attention_causes (mail_id) WHERE mail_id IS NOT NULL;

-- Orders by when what they wait for should have happened.
CREATE INDEX orders_by_deadline ON orders (waiting_until, id) WHERE waiting_until IS NOT NULL;

-- What the job has found is judged anew by each of its runs, in the order of these.
CREATE INDEX attention_causes_found_stuck ON attention_causes (order_id) WHERE raised_by = 'job:find-stuck';
