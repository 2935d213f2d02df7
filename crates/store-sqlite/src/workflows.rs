//! One page of workflows with the figures of their runs.

use runledger_model::{
    ListWorkflowsQuery, Seconds, WorkflowList, WorkflowRunMetadata, WorkflowRunStatus,
    WorkflowSummary, limits::SUMMARIZED_RUNS,
};
use runledger_store::{
    StoreError,
    codes::StorageCode,
    counted_index::{self, RunKey, Scope},
    workflows::{end_of_beginning, finished_statuses, set_durations},
};
use rusqlite::{Connection, OptionalExtension, params};

use crate::{Result, counted_index::ready, id_code, index_rows::StoredIndex, run_rows};

/// Reads a page in one transaction, so that its items, their figures and the total agree.
pub fn list(
    connection: &Connection,
    tenant: i64,
    query: &ListWorkflowsQuery,
) -> Result<WorkflowList> {
    let transaction = connection.unchecked_transaction()?;
    let workflows = Workflows::new(&transaction, tenant, query.q.as_deref());
    let items = workflows.page(query.limit, query.offset())?;
    let items = items.into_iter().map(|workflow| summary(&transaction, tenant, workflow));
    Ok(WorkflowList {
        items: items.collect::<Result<_>>()?,
        total: workflows.count()?,
        page: query.page,
        limit: query.limit,
    })
}

/// The workflows of a tenant that match and have runs.
struct Workflows<'a> {
    connection: &'a Connection,
    tenant: i64,
    /// Their UIDs are not less than the first text and less than the second (`None`: no limit).
    uids: Option<(&'a str, Option<String>)>,
}

/// A workflow that has runs.
struct Workflow {
    number: i64,
    newest: RunKey,
}

impl<'a> Workflows<'a> {
    fn new(connection: &'a Connection, tenant: i64, beginning: Option<&'a str>) -> Self {
        let uids = beginning.map(|beginning| (beginning, end_of_beginning(beginning)));
        Self { connection, tenant, uids }
    }

    /// At most `limit` workflows after the first `offset`, the one with the newest run first.
    fn page(&self, limit: i32, offset: i64) -> Result<Vec<Workflow>> {
        let sql = self.select("id, newest", "ORDER BY newest DESC LIMIT ?4 OFFSET ?5");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let (from, end) = self.bounds();
        let page = statement.query_map(params![self.tenant, from, end, limit, offset], |row| {
            Ok(Workflow { number: row.get(0)?, newest: RunKey::from_bytes(row.get(1)?) })
        })?;
        Ok(page.collect::<rusqlite::Result<_>>()?)
    }

    fn count(&self) -> Result<i64> {
        let mut statement = self.connection.prepare_cached(&self.select("count(*)", ""))?;
        let (from, end) = self.bounds();
        Ok(statement.query_row(params![self.tenant, from, end], |row| row.get(0))?)
    }

    /// A statement on these workflows, whose first three parameters are the tenant and the
    /// [`bounds`](Self::bounds).
    fn select(&self, columns: &str, rest: &str) -> String {
        let uids = match &self.uids {
            None => "AND ?2 IS NULL AND ?3 IS NULL",
            Some((_, None)) => "AND uid >= ?2 AND ?3 IS NULL",
            Some((_, Some(_))) => "AND uid >= ?2 AND uid < ?3",
        };
        format!(
            "SELECT {columns} FROM workflow
             WHERE tenant = ?1 AND newest IS NOT NULL {uids} {rest}"
        )
    }

    fn bounds(&self) -> (Option<&str>, Option<&str>) {
        match &self.uids {
            None => (None, None),
            Some((from, end)) => (Some(from), end.as_deref()),
        }
    }
}

fn summary(connection: &Connection, tenant: i64, workflow: Workflow) -> Result<WorkflowSummary> {
    let Workflow { number, newest } = workflow;
    let mut summary = WorkflowSummary::new(newest_run(connection, tenant, &newest)?);
    for status in WorkflowRunStatus::ALL {
        let scope = Scope { tenant, workflow: number, status: status.code() };
        let mut index = StoredIndex::new(connection, scope);
        summary.add(*status, ready(counted_index::total(&mut index))?.cast_signed());
    }
    set_durations(&mut summary, durations(connection, tenant, number)?);
    Ok(summary)
}

fn newest_run(connection: &Connection, tenant: i64, key: &RunKey) -> Result<WorkflowRunMetadata> {
    let sql = format!("SELECT {} FROM run WHERE tenant = ?1 AND id = ?2", run_rows::METADATA);
    let mut statement = connection.prepare_cached(&sql)?;
    let id = key.parts().map(|(_, id)| id_code::encode(id.as_bytes()));
    let run = statement.query_row(params![tenant, id], run_rows::metadata).optional()?;
    run.ok_or_else(|| StoreError::engine("the newest run of a workflow does not exist").into())
}

/// The durations of the newest [`SUMMARIZED_RUNS`] finished runs of a workflow, as far as they are
/// known. SQLite merges the runs of the states in their order, and reads no more than it needs.
fn durations(connection: &Connection, tenant: i64, workflow: i64) -> Result<Vec<Seconds>> {
    let columns = run_rows::TIMES;
    let of_status = |status: WorkflowRunStatus| {
        let status = status.code();
        format!(
            "SELECT id, {columns} FROM run INDEXED BY run_by_workflow_status
             WHERE tenant = ?1 AND workflow = ?2 AND status = {status}"
        )
    };
    let of_each: Vec<_> = finished_statuses().map(of_status).collect();
    let runs = of_each.join(" UNION ALL ");
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {columns} FROM ({runs}
         ORDER BY created_at DESC, id DESC LIMIT {SUMMARIZED_RUNS})"
    ))?;
    let durations = statement.query_map([tenant, workflow], run_rows::duration)?;
    Ok(durations.filter_map(rusqlite::Result::transpose).collect::<rusqlite::Result<_>>()?)
}
