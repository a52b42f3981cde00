-- Requests of a listener that are booked, for pools have counted them, and are yet to come to its own total; below
-- nothing: that have come to it, and are booked of another listener.
ALTER TABLE ledger_mark ADD COLUMN ahead INTEGER NOT NULL DEFAULT 0;
