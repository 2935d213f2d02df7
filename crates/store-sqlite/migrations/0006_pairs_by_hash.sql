-- The fields of a run and of a step that a recorder need not give.
ALTER TABLE run RENAME COLUMN more TO optional_fields;
ALTER TABLE step RENAME COLUMN more TO optional_fields;

-- The number of a run's rows in the table of earlier attempts; NULL if it has none.
ALTER TABLE run ADD COLUMN earlier_attempts INTEGER;
UPDATE run SET earlier_attempts = (SELECT count(*) FROM earlier_attempt WHERE run = pk)
WHERE pk IN (SELECT run FROM earlier_attempt);

-- A pair of metadata is found by its hash, so that no index has its text.
ALTER TABLE metadata_pair RENAME TO older_metadata_pair;
CREATE TABLE metadata_pair (
    id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, hash INTEGER NOT NULL, pair TEXT NOT NULL
) STRICT;
