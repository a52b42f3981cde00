-- The books. A schema file is never changed once released: the next one continues it.

CREATE TABLE meta (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    written_by TEXT NOT NULL,           -- the version of fig that wrote last
    running INTEGER NOT NULL CHECK (running IN (0, 1))
);
INSERT INTO meta (only, written_by, running) VALUES (1, '', 1);

CREATE TABLE proxy (
    name TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    default_group TEXT NOT NULL,
    rule_order TEXT NOT NULL,
    http2 INTEGER NOT NULL CHECK (http2 IN (0, 1))
) WITHOUT ROWID;

-- position orders the routes of a proxy; it has gaps.
CREATE TABLE route (
    proxy TEXT NOT NULL REFERENCES proxy (name) ON DELETE CASCADE,
    id TEXT NOT NULL,
    position INTEGER NOT NULL,
    value TEXT NOT NULL,                -- JSON of core.desired.Route
    PRIMARY KEY (proxy, id)
) WITHOUT ROWID;

-- Every revision is kept; one of a name is in force.
CREATE TABLE target_group (
    name TEXT NOT NULL,
    revision INTEGER NOT NULL,
    in_force INTEGER NOT NULL CHECK (in_force IN (0, 1)),
    value TEXT NOT NULL,                -- JSON of core.desired.TargetGroup
    PRIMARY KEY (name, revision)
) WITHOUT ROWID;
CREATE UNIQUE INDEX target_group_in_force ON target_group (name) WHERE in_force;

CREATE TABLE task (
    id TEXT PRIMARY KEY,
    target_group TEXT NOT NULL,
    revision INTEGER NOT NULL,
    port INTEGER NOT NULL,
    state TEXT NOT NULL,
    pid INTEGER,
    start_ticks INTEGER,
    exit_status INTEGER,
    CHECK ((pid IS NULL) = (start_ticks IS NULL))
) WITHOUT ROWID;

CREATE TABLE journal (
    serial INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    subject TEXT NOT NULL,
    what TEXT NOT NULL,
    reason TEXT NOT NULL
);
