DROP TABLE larger_run;
CREATE UNIQUE INDEX run_by_id ON run (tenant, id);
CREATE UNIQUE INDEX run_by_change ON run (tenant, change);
-- The orders of lists. The runs of a workflow in any status are those of its states, merged.
CREATE INDEX run_by_time ON run (tenant, created_at, id);
CREATE INDEX run_by_status ON run (tenant, status, created_at, id);
CREATE INDEX run_by_workflow_status ON run (tenant, workflow, status, created_at, id);
