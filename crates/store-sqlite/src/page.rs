//! One page of runs with its totals.

use runledger_model::{ListExecutionsQuery, ListWorkflowRunsResponse, WorkflowRunMetadata};
use runledger_store::{ListStart, RunFilter, next_cursor};
use rusqlite::Connection;

use crate::{
    Result, items,
    matching::Matching,
    selection::{Selection, Totals},
};

/// Reads a page in one transaction, so that it agrees with its totals.
pub fn list(
    connection: &Connection,
    tenant: i64,
    query: &ListExecutionsQuery,
) -> Result<ListWorkflowRunsResponse> {
    let transaction = connection.unchecked_transaction()?;
    let matching = Matching::find(&transaction, tenant, &RunFilter::from(query))?;
    let (totals, (items, more_follow)) = match matching {
        Matching::Counted(selection) => {
            let totals = selection.totals()?;
            (totals, items(&selection, query, &totals)?)
        }
        Matching::Walked(walk) => {
            let limit = u64::from(query.limit.cast_unsigned());
            (walk.totals(), walk.items(ListStart::from(query), limit)?)
        }
        Matching::None => Default::default(),
    };
    let Totals { total, succeeded, failed, .. } = totals;
    Ok(ListWorkflowRunsResponse {
        next_cursor: next_cursor(query, items.last(), more_follow),
        items,
        total: total.cast_signed(),
        succeeded: succeeded.cast_signed(),
        failed: failed.cast_signed(),
        page: query.page,
        limit: query.limit,
    })
}

/// The items of the page, and whether others follow.
fn items(
    selection: &Selection<'_>,
    query: &ListExecutionsQuery,
    totals: &Totals,
) -> Result<(Vec<WorkflowRunMetadata>, bool)> {
    let limit = u64::from(query.limit.cast_unsigned());
    let total = totals.total;
    match ListStart::from(query) {
        ListStart::Offset(offset) if offset < total => {
            let count = limit.min(total - offset);
            let items = items::read(selection, &selection.locate(offset, totals)?, count)?;
            Ok((items, offset + count < total))
        }
        ListStart::Offset(_) => Ok((Vec::new(), false)),
        ListStart::Below(key) => {
            let mut items = items::read(selection, &selection.below(&key), limit + 1)?;
            items.retain(|run| selection.includes(run));
            let more_follow = items.len() as u64 > limit;
            items.truncate(limit as usize);
            Ok((items, more_follow))
        }
    }
}
