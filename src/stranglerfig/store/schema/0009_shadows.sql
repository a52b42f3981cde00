-- Shadows of routes, and what comparing answers has shown. They end with their route: the control plane sees to that.

CREATE TABLE shadow (
    proxy TEXT NOT NULL,
    route TEXT NOT NULL,
    value TEXT NOT NULL,                -- JSON of core.compare.shadow.Shadow
    counts TEXT NOT NULL DEFAULT '{}',  -- JSON of core.compare.shadow.Counts
    PRIMARY KEY (proxy, route)
) WITHOUT ROWID;

CREATE TABLE shadow_report (
    proxy TEXT NOT NULL,
    route TEXT NOT NULL,
    method TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    value TEXT NOT NULL,                -- JSON of core.compare.report.EndpointReport, redacted
    PRIMARY KEY (proxy, route, method, endpoint),
    FOREIGN KEY (proxy, route) REFERENCES shadow (proxy, route) ON DELETE CASCADE
) WITHOUT ROWID;
