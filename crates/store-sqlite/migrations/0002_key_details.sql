-- What a list of keys shows.
ALTER TABLE api_key ADD COLUMN prefix TEXT NOT NULL DEFAULT '';
ALTER TABLE api_key ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE api_key ADD COLUMN created_at INTEGER;
ALTER TABLE api_key ADD COLUMN last_used_at INTEGER;

-- Counts the changes of keys, so that another process can see that there was one.
CREATE TABLE key_change (n INTEGER NOT NULL) STRICT;
INSERT INTO key_change (n) VALUES (0);
CREATE TRIGGER key_created AFTER INSERT ON api_key BEGIN UPDATE key_change SET n = n + 1; END;
CREATE TRIGGER key_revoked AFTER UPDATE OF revoked ON api_key BEGIN
    UPDATE key_change SET n = n + 1;
END;
