-- The fields of a run and of a step that a recorder need not give, as JSON; NULL where it gave
-- none.
ALTER TABLE run ADD COLUMN more TEXT;
ALTER TABLE step ADD COLUMN more TEXT;

-- Earlier attempts of runs, whose newest attempts are in the table of runs. `summary` is what the
-- list of attempts shows and `content` is the whole attempt with its steps, both as JSON;
-- `checksum` is that of both.
CREATE TABLE earlier_attempt (
    run INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    summary TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (run, attempt)
) STRICT, WITHOUT ROWID;

-- Live runs that are ended if they are not recorded again: when each was recorded last, in
-- milliseconds since 1970, its timeout in seconds, and how often it was recorded with it. Of a run
-- that was ended so, and may be recorded again, `before_loss` is what its end replaced, as JSON.
CREATE TABLE heartbeat (
    run INTEGER PRIMARY KEY,
    heard_at INTEGER NOT NULL,
    timeout INTEGER NOT NULL,
    beats INTEGER NOT NULL,
    before_loss TEXT
) STRICT;

-- Runs whose steps are merged one by one: their steps have negative positions and are found by id
-- and attempt. What the steps amount to: their number, their size as JSON in bytes, and the sum of
-- their checksums, which the checksum of the run includes.
CREATE TABLE merged_run (
    run INTEGER PRIMARY KEY,
    steps INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX merged_step ON step (run, id, attempt) WHERE position < 0;

-- The pairs of metadata that runs have, as `key:value`, and for each the runs that have it, in the
-- order of lists.
CREATE TABLE metadata_pair (
    id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, pair TEXT NOT NULL, UNIQUE (tenant, pair)
) STRICT;
CREATE TABLE run_pair (
    pair INTEGER NOT NULL,
    status INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    id BLOB NOT NULL,
    run INTEGER NOT NULL,
    PRIMARY KEY (pair, status, created_at, id)
) STRICT, WITHOUT ROWID;
