-- Shifts of routes, and what was decided in them.

CREATE TABLE route_shift (
    id TEXT PRIMARY KEY,
    proxy TEXT NOT NULL,
    route TEXT NOT NULL,
    started_at REAL NOT NULL,
    running INTEGER NOT NULL CHECK (running IN (0, 1)),
    value TEXT NOT NULL                 -- JSON of core.shift.record.ShiftRecord
) WITHOUT ROWID;
CREATE UNIQUE INDEX route_shift_running ON route_shift (proxy, route) WHERE running;

-- told: the shift's hooks know of it, or there are none.
CREATE TABLE shift_decision (
    number INTEGER PRIMARY KEY,
    shift TEXT NOT NULL REFERENCES route_shift (id) ON DELETE CASCADE,
    told INTEGER NOT NULL CHECK (told IN (0, 1)),
    value TEXT NOT NULL                 -- JSON of core.shift.record.Decision
);
CREATE INDEX shift_decision_shift ON shift_decision (shift, number);
