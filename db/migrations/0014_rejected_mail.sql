-- A mail for who was told to wait and is told no --------------------------------------------------------------------
ALTER TABLE notifications
  DROP CONSTRAINT notifications_template_check,
  ADD CONSTRAINT notifications_template_check CHECK (template IN ('confirmed', 'rejected', 'shipped', 'cancelled', 'refunded'));
