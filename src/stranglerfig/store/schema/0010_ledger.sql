-- The ledger: what each endpoint's traffic did by hour, who answered it, and which endpoints belong together.

-- target_group is empty where HAProxy answered itself; last_* is the last request, without its query.
CREATE TABLE ledger_entry (
    id INTEGER PRIMARY KEY,
    listener TEXT NOT NULL,
    method TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    target_group TEXT NOT NULL,
    side TEXT NOT NULL,
    last_at REAL NOT NULL,              -- UTC seconds
    last_client TEXT NOT NULL,
    last_agent TEXT NOT NULL,
    last_host TEXT NOT NULL,
    last_path TEXT NOT NULL,
    UNIQUE (listener, method, endpoint, target_group, side)
);

-- hour: hours since 1970, UTC. latencies: as core.ledger.latencies encodes them.
CREATE TABLE ledger_hour (
    hour INTEGER NOT NULL,
    entry INTEGER NOT NULL,             -- of ledger_entry
    requests INTEGER NOT NULL,
    client_errors INTEGER NOT NULL,
    server_errors INTEGER NOT NULL,
    latencies BLOB NOT NULL,
    PRIMARY KEY (hour, entry)
) WITHOUT ROWID;

-- HAProxy's own totals, as far as they are booked in ledger_hour.
CREATE TABLE ledger_mark (
    kind TEXT NOT NULL CHECK (kind IN ('listener', 'pool')),
    name TEXT NOT NULL,
    requests INTEGER NOT NULL,
    client_errors INTEGER NOT NULL,
    server_errors INTEGER NOT NULL,
    since REAL NOT NULL,                -- UTC seconds, as is grown_at
    grown_at REAL NOT NULL,
    PRIMARY KEY (kind, name)
) WITHOUT ROWID;

-- day: days since 1970, UTC.
CREATE TABLE ledger_link (
    day INTEGER NOT NULL,
    listener TEXT NOT NULL,
    origin TEXT NOT NULL,               -- an endpoint, as is goal
    goal TEXT NOT NULL,
    sessions INTEGER NOT NULL,
    referrers INTEGER NOT NULL,
    PRIMARY KEY (day, listener, origin, goal)
) WITHOUT ROWID;
