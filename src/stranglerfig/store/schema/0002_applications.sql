-- Applications. What nests is JSON of the core value named beside it.

CREATE TABLE app (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL                 -- core.application.App
) WITHOUT ROWID;

CREATE TABLE environment (
    app TEXT NOT NULL REFERENCES app (name) ON DELETE CASCADE,
    name TEXT NOT NULL,
    value TEXT NOT NULL,                -- core.application.Environment
    PRIMARY KEY (app, name)
) WITHOUT ROWID;

-- Every deploy is kept: going back to a revision needs its manifest, schedule and queues.
CREATE TABLE deployment (
    app TEXT NOT NULL,
    environment TEXT NOT NULL,
    name TEXT NOT NULL,
    revision INTEGER NOT NULL,
    value TEXT NOT NULL,                -- core.application.Deployment
    PRIMARY KEY (app, environment, name, revision),
    FOREIGN KEY (app, environment) REFERENCES environment (app, name) ON DELETE CASCADE
) WITHOUT ROWID;

-- The last moment of its schedule that a job was run at, or passed over at. UTC seconds.
CREATE TABLE job_moment (
    app TEXT NOT NULL,
    environment TEXT NOT NULL,
    name TEXT NOT NULL,
    moment REAL NOT NULL,
    PRIMARY KEY (app, environment, name),
    FOREIGN KEY (app, environment) REFERENCES environment (app, name) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE run (
    id TEXT PRIMARY KEY,
    app TEXT NOT NULL,
    environment TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,                 -- core.runs.RunKind
    state TEXT NOT NULL,                -- core.runs.RunState
    started REAL NOT NULL,
    value TEXT NOT NULL,                -- core.runs.Run
    FOREIGN KEY (app, environment) REFERENCES environment (app, name) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX run_of ON run (app, environment, name, started);
CREATE INDEX run_going ON run (state) WHERE state = 'RUNNING';
