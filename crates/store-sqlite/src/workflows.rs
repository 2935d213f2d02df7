//! One page of workflows with the figures of their runs.

use runledger_model::{
    ListWorkflowsQuery, Seconds, WorkflowList, WorkflowRunStatus, WorkflowSummary,
    limits::SUMMARIZED_RUNS,
};
use runledger_store::{
    RunFilter, StoreError,
    codes::StorageCode,
    counted_index::{self, ANY, RunKey, Scope, UnionPosition},
    workflows::{finished_statuses, set_durations},
};
use rusqlite::Connection;

use crate::{
    Result, counted_index::ready, index_rows::StoredIndex, items, run_rows,
    runs_in_order::RunsInOrder, selection::Selection,
};

/// Reads a page in one transaction, so that its items, their figures and the total agree.
pub fn list(
    connection: &Connection,
    tenant: i64,
    query: &ListWorkflowsQuery,
) -> Result<WorkflowList> {
    let transaction = connection.unchecked_transaction()?;
    let mut workflows = matching(&transaction, tenant, query)?;
    workflows.sort_unstable_by(|(a, _), (b, _)| b.cmp(a));
    let page = workflows.iter().skip(query.offset() as usize).take(query.limit as usize);
    let items = page.map(|(_, workflow)| summary(&transaction, tenant, workflow));
    Ok(WorkflowList {
        items: items.collect::<Result<_>>()?,
        total: workflows.len() as i64,
        page: query.page,
        limit: query.limit,
    })
}

/// A workflow in its dictionary.
struct Workflow {
    number: i64,
    uid: String,
}

/// The workflows that match and have runs, each with the key of its newest run.
fn matching(
    connection: &Connection,
    tenant: i64,
    query: &ListWorkflowsQuery,
) -> Result<Vec<(RunKey, Workflow)>> {
    let sql = "SELECT id, uid FROM workflow WHERE tenant = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([tenant])?;
    let mut matching = Vec::new();
    while let Some(row) = rows.next()? {
        let workflow = Workflow { number: row.get(0)?, uid: row.get(1)? };
        if query.matches(&workflow.uid) {
            let scope = Scope { tenant, workflow: workflow.number, status: ANY };
            let in_order = RunsInOrder::new(connection, scope);
            let newest = in_order.newest_below(None, &RunKey::LEAST, 1)?;
            matching.extend(newest.into_iter().map(|(key, _)| key).zip([workflow]));
        }
    }
    Ok(matching)
}

fn summary(connection: &Connection, tenant: i64, workflow: &Workflow) -> Result<WorkflowSummary> {
    let filter = RunFilter { workflow_id: Some(workflow.uid.clone()), ..RunFilter::default() };
    let runs = Selection::new(connection, tenant, &filter)?;
    let newest = UnionPosition { ends: vec![None], skip: 0 };
    let newest = runs.map(|runs| items::read(&runs, &newest, 1)).transpose()?;
    let newest = newest.and_then(|mut runs| runs.pop());
    let newest = newest.ok_or_else(|| StoreError::engine("a workflow has no newest run"))?;
    let mut summary = WorkflowSummary::new(newest);
    let scope = |status: WorkflowRunStatus| Scope {
        tenant,
        workflow: workflow.number,
        status: status.code(),
    };
    for status in WorkflowRunStatus::ALL {
        let mut index = StoredIndex::new(connection, scope(*status));
        summary.add(*status, ready(counted_index::total(&mut index))?.cast_signed());
    }
    let scopes: Vec<_> = finished_statuses().map(scope).collect();
    set_durations(&mut summary, durations(connection, &scopes)?);
    Ok(summary)
}

/// The durations of the newest [`SUMMARIZED_RUNS`] runs of these scopes, as far as they are known.
fn durations(connection: &Connection, scopes: &[Scope]) -> Result<Vec<Seconds>> {
    let mut runs = Vec::new();
    for scope in scopes {
        let in_order = RunsInOrder::new(connection, *scope);
        runs.extend(in_order.newest_below(None, &RunKey::LEAST, SUMMARIZED_RUNS as u64)?);
    }
    runs.sort_unstable_by(|(a, _), (b, _)| b.cmp(a));
    let newest = runs.iter().take(SUMMARIZED_RUNS).map(|(_, pk)| pk);
    newest.map(|pk| run_rows::duration(connection, *pk)).filter_map(Result::transpose).collect()
}
