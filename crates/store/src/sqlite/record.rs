//! Recording one run within the writer's transaction.

use runledger_model::{StepExecution, StepStatus, StepType, WorkflowRunDetail, WorkflowRunStatus};
use rusqlite::{Connection, params};

use super::{
    Result,
    counts::{Deltas, Scope},
    dictionary::Dictionary,
    row::{self, Stored},
};
use crate::Recorded;

/// Records a run; what it changes in the counts is added to `deltas`.
pub fn record(
    connection: &Connection,
    dictionary: &mut Dictionary,
    deltas: &mut Deltas,
    tenant: i64,
    run: &WorkflowRunDetail,
) -> Result<Recorded> {
    let stored = row::stored(connection, tenant, &run.id)?;
    if let Some(Stored { run: before, .. }) = &stored {
        if before == run {
            return Ok(Recorded::Unchanged);
        }
        if before.status.is_final() && !run.status.is_final() {
            return Ok(Recorded::Conflict { from: before.status, to: run.status });
        }
    }
    let workflow = dictionary.workflow(connection, tenant, &run.workflow_id)?;
    let version =
        dictionary.version(connection, tenant, &run.version_id, &run.version_display_name)?;
    let run_type = dictionary.run_type(connection, tenant, &run.run_type)?;
    let status = |status| row::number(status, WorkflowRunStatus::ALL);
    let scope = Scope { tenant, workflow, status: status(run.status) };
    let sql = match stored {
        None => {
            "INSERT INTO run (pk, tenant, id, workflow, version, run_type, status, duration, created_at,
             started_at, finished_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
        }
        Some(_) => {
            "UPDATE run SET tenant = ?2, id = ?3, workflow = ?4, version = ?5, run_type = ?6, status = ?7,
             duration = ?8, created_at = ?9, started_at = ?10, finished_at = ?11 WHERE pk = ?1"
        }
    };
    connection.prepare_cached(sql)?.execute(params![
        stored.as_ref().map(|stored| stored.pk),
        tenant,
        run.id,
        workflow,
        version,
        run_type,
        scope.status,
        run.duration.map(|d| d.micros()),
        run.created_at.millis(),
        run.started_at.map(|t| t.millis()),
        run.finished_at.map(|t| t.millis()),
    ])?;
    let Some(stored) = stored else {
        deltas.add(scope, run.created_at.millis(), 1);
        insert_steps(connection, connection.last_insert_rowid(), &run.steps)?;
        return Ok(Recorded::Created);
    };
    let before = Scope { tenant, workflow: stored.workflow, status: status(stored.run.status) };
    if (before, stored.run.created_at) != (scope, run.created_at) {
        deltas.add(before, stored.run.created_at.millis(), -1);
        deltas.add(scope, run.created_at.millis(), 1);
    }
    connection.prepare_cached("DELETE FROM step WHERE run = ?1")?.execute([stored.pk])?;
    insert_steps(connection, stored.pk, &run.steps)?;
    Ok(Recorded::Updated)
}

fn insert_steps(connection: &Connection, run: i64, steps: &[StepExecution]) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO step VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    for (position, step) in steps.iter().enumerate() {
        statement.execute(params![
            run,
            position as i64,
            step.id,
            step.step_name,
            row::number(step.step_type, StepType::ALL),
            row::number(step.status, StepStatus::ALL),
            step.attempt,
            step.error,
            step.duration.micros(),
            step.created_at.millis(),
            step.started_at.map(|t| t.millis()),
            step.finished_at.map(|t| t.millis()),
        ])?;
    }
    Ok(())
}
