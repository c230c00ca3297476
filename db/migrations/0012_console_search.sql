-- What the operations console looks orders up by. None of the columns changes with the steps of an order, except a tracking
-- number, which comes once: so an order pays for each index when it is placed and not again.

-- By a number instead of the address itself: eight bytes a row, and no second copy of personal data. The statement compares the
-- address as well.
CREATE INDEX order_contacts_by_email ON order_contacts (hashtextextended(lower(email), 0));

CREATE INDEX shipments_by_tracking_number ON shipments (tracking_number) WHERE tracking_number IS NOT NULL;

-- The payment has the order's amount. On orders themselves the index would be written again with every change of status.
CREATE INDEX payment_intents_by_amount ON payment_intents (amount_minor);

-- The beginning of a sku, whatever the database sorts by.
CREATE INDEX items_by_sku ON items (sku COLLATE "C");
