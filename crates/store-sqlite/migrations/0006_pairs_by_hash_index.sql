DROP TABLE older_metadata_pair;
CREATE INDEX metadata_pair_by_hash ON metadata_pair (tenant, hash);
