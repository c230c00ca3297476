-- Parcels that are booked anew --------------------------------------------------------------------------------------
-- How often the parcel was to be booked; part of the keys of all that the carrier is asked about it. An attempt that the carrier
-- refused is given back, and the next one is planned in the same statement.

ALTER TABLE shipments ADD COLUMN booking_attempt integer NOT NULL DEFAULT 1 CHECK (booking_attempt > 0);
