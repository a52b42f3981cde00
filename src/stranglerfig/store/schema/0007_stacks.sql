-- CloudFormation: stacks with their resources, events and change sets.

CREATE TABLE stack (
    id TEXT PRIMARY KEY,                -- an ARN
    value TEXT NOT NULL                 -- JSON of core.cloudformation.stacks.records.Stack
) WITHOUT ROWID;

CREATE TABLE stack_resource (
    stack TEXT NOT NULL REFERENCES stack (id) ON DELETE CASCADE,
    logical_id TEXT NOT NULL,
    value TEXT NOT NULL,                -- JSON of core.cloudformation.stacks.records.StackResource
    PRIMARY KEY (stack, logical_id)
) WITHOUT ROWID;

-- number: the order they happened in
CREATE TABLE stack_event (
    number INTEGER PRIMARY KEY,
    stack TEXT NOT NULL REFERENCES stack (id) ON DELETE CASCADE,
    value TEXT NOT NULL                 -- JSON of core.cloudformation.stacks.records.StackEvent
);
CREATE INDEX stack_event_stack ON stack_event (stack, number);

CREATE TABLE change_set (
    id TEXT PRIMARY KEY,                -- an ARN
    stack TEXT NOT NULL REFERENCES stack (id) ON DELETE CASCADE,
    created_at REAL NOT NULL,
    value TEXT NOT NULL                 -- JSON of core.cloudformation.stacks.records.ChangeSet
) WITHOUT ROWID;
CREATE INDEX change_set_stack ON change_set (stack, created_at);
