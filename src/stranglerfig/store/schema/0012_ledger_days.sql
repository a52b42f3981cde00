-- The hours of each day that is over, added up. day: days since 1970, UTC.
CREATE TABLE ledger_day (
    day INTEGER NOT NULL,
    entry INTEGER NOT NULL,             -- of ledger_entry
    requests INTEGER NOT NULL,
    client_errors INTEGER NOT NULL,
    server_errors INTEGER NOT NULL,
    latencies BLOB NOT NULL,
    PRIMARY KEY (day, entry)
) WITHOUT ROWID;
