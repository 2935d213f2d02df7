//! One page of runs with its totals.

use runledger_model::{
    ListExecutionsQuery, ListWorkflowRunsResponse, WorkflowRunMetadata, WorkflowRunStatus,
};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::{
    Result,
    counts::{self, ALL, Scope},
    row,
};

/// The page, read in one transaction, so that it and its totals agree.
pub fn list(
    connection: &Connection,
    tenant: i64,
    query: &ListExecutionsQuery,
) -> Result<ListWorkflowRunsResponse> {
    let transaction = connection.unchecked_transaction()?;
    let mut page = ListWorkflowRunsResponse {
        items: Vec::new(),
        total: 0,
        succeeded: 0,
        failed: 0,
        page: query.page,
        limit: query.limit,
    };
    let status = query.status.status();
    let Some(workflow) = workflow(&transaction, tenant, query.workflow_id.as_deref())? else {
        return Ok(page);
    };
    let number = |status| row::number(status, WorkflowRunStatus::ALL);
    let scope = Scope { tenant, workflow, status: status.map_or(ALL, number) };
    let count = |of: WorkflowRunStatus| match status {
        Some(status) if status != of => Ok(0),
        _ => counts::total(&transaction, Scope { status: number(of), ..scope }),
    };
    page.total = counts::total(&transaction, scope)?;
    page.succeeded = count(WorkflowRunStatus::Succeeded)?;
    page.failed = count(WorkflowRunStatus::Failed)?;
    if query.offset() < page.total {
        page.items = items(&transaction, scope, query, page.total)?;
    }
    Ok(page)
}

/// The number of the workflow that is asked for, [`ALL`] where none is; `None` for one that never ran.
fn workflow(connection: &Connection, tenant: i64, uid: Option<&str>) -> Result<Option<i64>> {
    let Some(uid) = uid else { return Ok(Some(ALL)) };
    let mut statement =
        connection.prepare_cached("SELECT id FROM workflow WHERE tenant = ?1 AND uid = ?2")?;
    Ok(statement.query_row((tenant, uid), |row| row.get(0)).optional()?)
}

fn items(
    connection: &Connection,
    scope: Scope,
    query: &ListExecutionsQuery,
    total: i64,
) -> Result<Vec<WorkflowRunMetadata>> {
    let Some(place) = counts::place(connection, scope, query.offset(), total)? else {
        return Err(crate::StoreError::Engine("the kept counts do not add up".into()));
    };
    // One statement per kind of scope, each pinned to the index that has its order.
    let (index, filter) = match (scope.workflow, scope.status) {
        (ALL, ALL) => ("run_by_time", ":workflow = 0 AND :status = 0"),
        (ALL, _) => ("run_by_status", ":workflow = 0 AND status = :status"),
        (_, ALL) => ("run_by_workflow", "workflow = :workflow AND :status = 0"),
        (_, _) => ("run_by_workflow_status", "workflow = :workflow AND status = :status"),
    };
    let sql = format!(
        "SELECT {} FROM run INDEXED BY {index} WHERE tenant = :tenant AND {filter}
         AND created_at < :end ORDER BY created_at DESC, id DESC LIMIT :limit OFFSET :rest",
        row::METADATA
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let items = statement.query_map(
        named_params! {
            ":tenant": scope.tenant, ":workflow": scope.workflow, ":status": scope.status,
            ":end": place.end, ":limit": query.limit, ":rest": place.rest,
        },
        |row: &Row<'_>| row::metadata(row),
    )?;
    Ok(items.collect::<rusqlite::Result<_>>()?)
}
