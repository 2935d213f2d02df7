-- The counted index, which replaces the counts by hour and day: see the module `counted_index` of
-- the store.
-- `workflow` and `status` are 0 for all. The rows are written by the program.
CREATE TABLE run_block (
    tenant INTEGER NOT NULL,
    workflow INTEGER NOT NULL,
    status INTEGER NOT NULL,
    level INTEGER NOT NULL,
    bound BLOB NOT NULL,
    runs INTEGER NOT NULL,
    PRIMARY KEY (tenant, workflow, status, level, bound)
) STRICT, WITHOUT ROWID;
DROP TABLE run_count;
