//! Recording one run within the writer's transaction.

use runledger_model::{StepExecution, StepStatus, StepType, WorkflowRunDetail, WorkflowRunStatus};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    Result,
    counts::{Deltas, Scope},
    dictionary::Dictionary,
    row,
};
use crate::Recorded;

/// What is there under the run's id.
struct Stored {
    pk: i64,
    scope: Scope,
    created_at: i64,
}

/// Records a run; what it changes in the counts is added to `deltas`.
pub fn record(
    connection: &Connection,
    dictionary: &mut Dictionary,
    deltas: &mut Deltas,
    tenant: i64,
    run: &WorkflowRunDetail,
) -> Result<Recorded> {
    let stored = stored(connection, tenant, &run.id)?;
    if stored.is_some()
        && let Some(before) = row::detail(connection, tenant, &run.id)?
    {
        if before == *run {
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
    let scope = Scope { tenant, workflow, status: row::number(run.status, WorkflowRunStatus::ALL) };
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
    let created_at = run.created_at.millis();
    let Some(stored) = stored else {
        deltas.add(scope, created_at, 1);
        insert_steps(connection, connection.last_insert_rowid(), &run.steps)?;
        return Ok(Recorded::Created);
    };
    if (stored.scope, stored.created_at) != (scope, created_at) {
        deltas.add(stored.scope, stored.created_at, -1);
        deltas.add(scope, created_at, 1);
    }
    connection.prepare_cached("DELETE FROM step WHERE run = ?1")?.execute([stored.pk])?;
    insert_steps(connection, stored.pk, &run.steps)?;
    Ok(Recorded::Updated)
}

fn stored(connection: &Connection, tenant: i64, id: &str) -> Result<Option<Stored>> {
    let mut statement = connection.prepare_cached(
        "SELECT pk, workflow, status, created_at FROM run WHERE tenant = ?1 AND id = ?2",
    )?;
    let stored = statement.query_row(params![tenant, id], |row| {
        let scope = Scope { tenant, workflow: row.get(1)?, status: row.get(2)? };
        Ok(Stored { pk: row.get(0)?, scope, created_at: row.get(3)? })
    });
    Ok(stored.optional()?)
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
