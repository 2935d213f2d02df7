-- Dictionaries: a text that many runs share is stored once and has a number.
CREATE TABLE tenant (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE workflow (
    id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, uid TEXT NOT NULL, UNIQUE (tenant, uid)
) STRICT;
CREATE TABLE version (
    id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, uid TEXT NOT NULL, display_name TEXT NOT NULL,
    UNIQUE (tenant, uid, display_name)
) STRICT;
CREATE TABLE run_type (
    id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, name TEXT NOT NULL, UNIQUE (tenant, name)
) STRICT;

-- Times are milliseconds since 1970, durations microseconds. Statuses and types are storage codes.
CREATE TABLE run (
    pk INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    id TEXT NOT NULL,
    workflow INTEGER NOT NULL,
    version INTEGER NOT NULL,
    run_type INTEGER NOT NULL,
    status INTEGER NOT NULL,
    duration INTEGER,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER
) STRICT;
CREATE UNIQUE INDEX run_by_id ON run (tenant, id);
-- An index for each kind of scope, in the reverse order of lists. The id makes the order total.
CREATE INDEX run_by_time ON run (tenant, created_at, id);
CREATE INDEX run_by_status ON run (tenant, status, created_at, id);
CREATE INDEX run_by_workflow ON run (tenant, workflow, created_at, id);
CREATE INDEX run_by_workflow_status ON run (tenant, workflow, status, created_at, id);

CREATE TABLE step (
    run INTEGER NOT NULL,
    position INTEGER NOT NULL,
    id TEXT NOT NULL,
    step_name TEXT NOT NULL,
    step_type INTEGER NOT NULL,
    status INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    error TEXT,
    duration INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;

-- The number of runs of each scope (0 is any) in each bucket of time (grain 0 ever, 1 day, 2 hour).
-- There is a row only where there are runs.
CREATE TABLE run_count (
    tenant INTEGER NOT NULL,
    workflow INTEGER NOT NULL,
    status INTEGER NOT NULL,
    grain INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    n INTEGER NOT NULL CHECK (n > 0),
    PRIMARY KEY (tenant, workflow, status, grain, bucket)
) STRICT, WITHOUT ROWID;

CREATE TABLE api_key (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    tenant INTEGER NOT NULL,
    can_read INTEGER NOT NULL,
    can_write INTEGER NOT NULL,
    expires_at INTEGER,
    revoked INTEGER NOT NULL DEFAULT 0
) STRICT;
