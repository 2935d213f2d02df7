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
-- milliseconds since 1970, and its timeout in seconds.
CREATE TABLE heartbeat (
    run INTEGER PRIMARY KEY,
    heard_at INTEGER NOT NULL,
    timeout INTEGER NOT NULL
) STRICT;
