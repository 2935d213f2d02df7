//! One page of runs with its totals.

use runledger_model::{
    ListExecutionsQuery, ListWorkflowRunsResponse, WorkflowRunMetadata, WorkflowRunStatus,
};
use runledger_store::{
    StoreError,
    codes::StorageCode,
    counted_index::{ANY, RunKey, Scope, locate},
};
use rusqlite::{Connection, OptionalExtension, ToSql, params_from_iter};

use crate::{
    Result,
    counted_index::{ready, total},
    index_rows::StoredIndex,
    run_rows,
    runs_in_order::RunsInOrder,
};

/// Reads a page in one transaction, so that it agrees with its totals.
pub fn list(
    connection: &Connection,
    tenant: i64,
    query: &ListExecutionsQuery,
) -> Result<ListWorkflowRunsResponse> {
    let ListExecutionsQuery { page, limit, workflow_id, status } = query;
    let transaction = connection.unchecked_transaction()?;
    let mut response = ListWorkflowRunsResponse {
        items: Vec::new(),
        total: 0,
        succeeded: 0,
        failed: 0,
        page: *page,
        limit: *limit,
    };
    let Some(workflow) = workflow_number(&transaction, tenant, workflow_id.as_deref())? else {
        return Ok(response);
    };
    let status = status.status();
    let scope = Scope { tenant, workflow, status: status.map_or(ANY, StorageCode::code) };
    let count = |of: WorkflowRunStatus| match status {
        Some(status) if status != of => Ok(0),
        _ => total(&transaction, Scope { status: of.code(), ..scope }),
    };
    response.total = total(&transaction, scope)?;
    response.succeeded = count(WorkflowRunStatus::Succeeded)?;
    response.failed = count(WorkflowRunStatus::Failed)?;
    if query.offset() < response.total {
        response.items = items(&transaction, scope, query)?;
    }
    Ok(response)
}

/// The number of the workflow in the filter, [`ANY`] without a filter; `None` for a workflow that
/// never ran.
fn workflow_number(connection: &Connection, tenant: i64, uid: Option<&str>) -> Result<Option<i64>> {
    let Some(uid) = uid else { return Ok(Some(ANY)) };
    let mut statement =
        connection.prepare_cached("SELECT id FROM workflow WHERE tenant = ?1 AND uid = ?2")?;
    Ok(statement.query_row((tenant, uid), |row| row.get(0)).optional()?)
}

fn items(
    connection: &Connection,
    scope: Scope,
    query: &ListExecutionsQuery,
) -> Result<Vec<WorkflowRunMetadata>> {
    let newer = query.offset().cast_unsigned();
    let position = ready(locate(&mut StoredIndex::new(connection, scope), newer))?;
    let position = position.ok_or_else(|| StoreError::engine("the counts do not add up"))?;
    let mut items = Vec::with_capacity(query.limit as usize);
    let mut reader = ItemReader { connection, scope, limit: query.limit.into(), items: &mut items };
    let mut skip = position.skip.cast_signed();
    let Some((time, id)) = position.end.as_ref().and_then(RunKey::parts) else {
        reader.read("ORDER BY created_at DESC, id DESC", skip, &[])?;
        return Ok(items);
    };
    // The runs of the bound's millisecond, then those before: see `runs_in_order`.
    let at_time = reader.count_up_to(skip + 1, "AND created_at = ?4 AND id < ?5", &[&time, &id])?;
    if skip < at_time {
        reader.read("AND created_at = ?6 AND id < ?7 ORDER BY id DESC", skip, &[&time, &id])?;
    }
    skip = (skip - at_time).max(0);
    reader.read("AND created_at < ?6 ORDER BY created_at DESC, id DESC", skip, &[&time])?;
    Ok(items)
}

/// Reads runs of a scope until there are `limit` of them.
struct ItemReader<'a> {
    connection: &'a Connection,
    scope: Scope,
    limit: i64,
    items: &'a mut Vec<WorkflowRunMetadata>,
}

impl ItemReader<'_> {
    /// Reads the items that are still missing, after skipping some, under a condition whose
    /// parameters begin with `?6`.
    fn read(&mut self, condition: &str, skip: i64, values: &[&dyn ToSql]) -> Result<()> {
        let missing = self.limit - self.items.len() as i64;
        if missing == 0 {
            return Ok(());
        }
        let sql = format!(
            "SELECT {} {} {condition} LIMIT ?4 OFFSET ?5",
            run_rows::METADATA,
            RunsInOrder::from_clause(self.scope)
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let Scope { tenant, workflow, status } = &self.scope;
        let first: [&dyn ToSql; 5] = [tenant, workflow, status, &missing, &skip];
        let values = params_from_iter(first.into_iter().chain(values.iter().copied()));
        for item in statement.query_map(values, run_rows::metadata)? {
            self.items.push(item?);
        }
        Ok(())
    }

    /// The number of runs under a condition whose parameters begin with `?4`, but not more than
    /// `max`.
    fn count_up_to(&self, max: i64, condition: &str, values: &[&dyn ToSql]) -> Result<i64> {
        let clause = RunsInOrder::from_clause(self.scope);
        let sql = format!("SELECT count(*) FROM (SELECT 1 {clause} {condition} LIMIT ?6)");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let Scope { tenant, workflow, status } = &self.scope;
        let scope: [&dyn ToSql; 3] = [tenant, workflow, status];
        let values = scope.into_iter().chain(values.iter().copied()).chain([&max as &dyn ToSql]);
        Ok(statement.query_row(params_from_iter(values), |row| row.get(0))?)
    }
}
