//! One page of runs with its totals.

use runledger_model::{
    ListExecutionsQuery, ListWorkflowRunsResponse, WorkflowRunMetadata, WorkflowRunStatus,
};
use runledger_store::{
    StoreError,
    codes::StorageCode,
    counts::{ANY, Scope, locate},
};
use rusqlite::{Connection, OptionalExtension, named_params};

use crate::{
    Result,
    counts::{self, StoredCounts},
    run_rows,
};

/// Reads a page in one transaction, so that it agrees with its totals.
pub fn list(
    connection: &Connection,
    tenant: i64,
    query: &ListExecutionsQuery,
) -> Result<ListWorkflowRunsResponse> {
    let transaction = connection.unchecked_transaction()?;
    let mut response = ListWorkflowRunsResponse {
        items: Vec::new(),
        total: 0,
        succeeded: 0,
        failed: 0,
        page: query.page,
        limit: query.limit,
    };
    let Some(workflow) = workflow_number(&transaction, tenant, query.workflow_id.as_deref())?
    else {
        return Ok(response);
    };
    let status = query.status.status();
    let scope = Scope { tenant, workflow, status: status.map_or(ANY, StorageCode::code) };
    let count = |of: WorkflowRunStatus| match status {
        Some(status) if status != of => Ok(0),
        _ => counts::total(&transaction, Scope { status: of.code(), ..scope }),
    };
    response.total = counts::total(&transaction, scope)?;
    response.succeeded = count(WorkflowRunStatus::Succeeded)?;
    response.failed = count(WorkflowRunStatus::Failed)?;
    if query.offset() < response.total {
        response.items = items(&transaction, scope, query, response.total)?;
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
    total: i64,
) -> Result<Vec<WorkflowRunMetadata>> {
    let position = locate(&StoredCounts(connection), scope, query.offset(), total)?;
    let position = position.ok_or_else(|| StoreError::engine("the counts do not add up"))?;
    // A statement for each kind of scope, on the index that has its order.
    let (index, filter) = match (scope.workflow, scope.status) {
        (ANY, ANY) => ("run_by_time", ":workflow = 0 AND :status = 0"),
        (ANY, _) => ("run_by_status", ":workflow = 0 AND status = :status"),
        (_, ANY) => ("run_by_workflow", "workflow = :workflow AND :status = 0"),
        (_, _) => ("run_by_workflow_status", "workflow = :workflow AND status = :status"),
    };
    let sql = format!(
        "SELECT {} FROM run INDEXED BY {index} WHERE tenant = :tenant AND {filter}
         AND created_at < :end ORDER BY created_at DESC, id DESC LIMIT :limit OFFSET :skip",
        run_rows::METADATA
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let items = statement.query_map(
        named_params! {
            ":tenant": scope.tenant, ":workflow": scope.workflow, ":status": scope.status,
            ":end": position.end, ":limit": query.limit, ":skip": position.skip,
        },
        run_rows::metadata,
    )?;
    Ok(items.collect::<rusqlite::Result<_>>()?)
}
