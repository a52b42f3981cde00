-- Balancers, the revision of each target group that serves, and tasks that are containers.

CREATE TABLE balancer (
    name TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    tcp INTEGER NOT NULL CHECK (tcp IN (0, 1)),
    http2 INTEGER NOT NULL CHECK (http2 IN (0, 1))
) WITHOUT ROWID;

-- The last revision whose tasks were complete: its health check and ingress hold. Until now there was no ingress.
ALTER TABLE target_group ADD COLUMN serving INTEGER NOT NULL DEFAULT 0 CHECK (serving IN (0, 1));
UPDATE target_group SET serving = in_force;
CREATE UNIQUE INDEX target_group_serving ON target_group (name) WHERE serving;

ALTER TABLE task RENAME TO process_task;
CREATE TABLE task (
    id TEXT PRIMARY KEY,
    target_group TEXT NOT NULL,
    revision INTEGER NOT NULL,
    port INTEGER NOT NULL,
    state TEXT NOT NULL,
    identity TEXT,                      -- JSON of core.observed.TaskIdentity or ContainerIdentity
    exit_status INTEGER,
    ports TEXT NOT NULL                 -- JSON of pairs: container port, host port
) WITHOUT ROWID;
INSERT INTO task (id, target_group, revision, port, state, identity, exit_status, ports)
    SELECT id, target_group, revision, port, state,
        CASE WHEN pid IS NULL THEN NULL
            ELSE json_object('pid', pid, 'start_ticks', start_ticks, 'kind', 'process') END,
        exit_status, '[]' FROM process_task;
DROP TABLE process_task;
