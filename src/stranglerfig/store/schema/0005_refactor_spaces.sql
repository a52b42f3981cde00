-- Refactor Spaces: what its API keeps beside proxies, routes and target groups.

ALTER TABLE proxy ADD COLUMN stage TEXT NOT NULL DEFAULT '';
ALTER TABLE proxy ADD COLUMN base_path TEXT NOT NULL DEFAULT '';

CREATE TABLE space_resource (
    id TEXT PRIMARY KEY,
    value TEXT NOT NULL                 -- JSON of core.refactor_spaces.resources.Resource
) WITHOUT ROWID;

-- Answers of creations, so that a repeated one makes nothing twice. at: UTC seconds.
CREATE TABLE space_token (
    account TEXT NOT NULL,
    operation TEXT NOT NULL,
    token TEXT NOT NULL,
    parameters TEXT NOT NULL,           -- a digest
    resource TEXT NOT NULL,             -- the id of what was made
    at REAL NOT NULL,
    PRIMARY KEY (account, operation, token)
) WITHOUT ROWID;
CREATE INDEX space_token_at ON space_token (at);

CREATE TABLE space_policy (
    environment TEXT PRIMARY KEY REFERENCES space_resource (id) ON DELETE CASCADE,
    policy TEXT NOT NULL
) WITHOUT ROWID;
