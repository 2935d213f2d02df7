-- Change numbers: every change of a run takes the next number of its tenant.
ALTER TABLE tenant ADD COLUMN last_change INTEGER NOT NULL DEFAULT 0;
-- The greatest number of a deletion that is not kept any more.
ALTER TABLE tenant ADD COLUMN deletions_after INTEGER NOT NULL DEFAULT 0;
-- Deleted runs, until their ids are recorded again.
CREATE TABLE deleted_run (
    tenant INTEGER NOT NULL,
    change INTEGER NOT NULL,
    id BLOB NOT NULL,
    deleted_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, change)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX deleted_run_by_id ON deleted_run (tenant, id);

-- The key of a workflow's newest run in the counted index; NULL if it has no runs.
ALTER TABLE workflow ADD COLUMN newest BLOB;
CREATE INDEX workflow_by_newest ON workflow (tenant, newest);

-- A smaller table of runs. Ids are stored as codes that compare as the ids do. The further times
-- are milliseconds after another one: `started_after` counts from `created_at`, `finished_after`
-- from the start or else from `created_at`. `duration_beyond` is by how many microseconds the
-- duration differs from the time between start and finish, which is 0 if one is missing. `checksum`
-- is that of the whole run with its steps; NULL for one that could not be read when it was copied.
DROP INDEX run_by_id;
DROP INDEX run_by_time;
DROP INDEX run_by_status;
DROP INDEX run_by_workflow;
DROP INDEX run_by_workflow_status;
ALTER TABLE run RENAME TO larger_run;
CREATE TABLE run (
    pk INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    id BLOB NOT NULL,
    workflow INTEGER NOT NULL,
    version INTEGER NOT NULL,
    run_type INTEGER NOT NULL,
    status INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    started_after INTEGER,
    finished_after INTEGER,
    duration_beyond INTEGER,
    change INTEGER NOT NULL,
    checksum INTEGER
) STRICT;
