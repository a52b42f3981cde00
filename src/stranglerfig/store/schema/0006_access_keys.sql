-- Keys of the AWS API. created_at: UTC seconds.

CREATE TABLE access_key (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at REAL NOT NULL,
    value TEXT NOT NULL                 -- JSON of core.access.AccessKey
) WITHOUT ROWID;
CREATE INDEX access_key_name ON access_key (name, created_at);
