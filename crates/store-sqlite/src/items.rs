//! The runs of a page.

use runledger_model::WorkflowRunMetadata;
use runledger_store::counted_index::{RunKey, Scope, UnionPosition};
use rusqlite::{Connection, ToSql, params_from_iter};

use crate::{Result, run_rows, runs_in_order::RunsInOrder, selection::Selection};

/// Reads at most `limit` runs of a selection from a position on, newest first. The last ones may
/// have been created before its range of time.
pub fn read(
    selection: &Selection<'_>,
    position: &UnionPosition,
    limit: u64,
) -> Result<Vec<WorkflowRunMetadata>> {
    let UnionPosition { ends, skip } = position;
    if let ([scope], [end]) = (&selection.scopes[..], &ends[..]) {
        return read_scope(selection.connection, *scope, end.as_ref(), *skip, limit);
    }
    let mut runs = Vec::new();
    for (scope, end) in selection.scopes.iter().zip(ends) {
        let in_order = RunsInOrder::new(selection.connection, *scope);
        runs.extend(in_order.newest_below(end.as_ref(), selection.from(), skip + limit)?);
    }
    runs.sort_unstable_by(|(a, _), (b, _)| b.cmp(a));
    let sql = format!("SELECT {} FROM run WHERE pk = ?1", run_rows::METADATA);
    let mut statement = selection.connection.prepare_cached(&sql)?;
    let page = runs.iter().skip(*skip as usize).take(limit as usize);
    page.map(|(_, pk)| Ok(statement.query_row([pk], run_rows::metadata)?)).collect()
}

fn read_scope(
    connection: &Connection,
    scope: Scope,
    end: Option<&RunKey>,
    skip: u64,
    limit: u64,
) -> Result<Vec<WorkflowRunMetadata>> {
    let (mut skip, limit) = (skip.cast_signed(), limit.cast_signed());
    let items = Vec::with_capacity(limit as usize);
    let mut reader = ItemReader { connection, scope, limit, items };
    let Some((time, id)) = end.and_then(RunKey::parts) else {
        reader.read("ORDER BY created_at DESC, id DESC", skip, &[])?;
        return Ok(reader.items);
    };
    // The runs of the millisecond of the bound, then those before: see `runs_in_order`.
    let at_time = reader.count_up_to(skip + 1, "AND created_at = ?4 AND id < ?5", &[&time, &id])?;
    if skip < at_time {
        reader.read("AND created_at = ?6 AND id < ?7 ORDER BY id DESC", skip, &[&time, &id])?;
    }
    skip = (skip - at_time).max(0);
    reader.read("AND created_at < ?6 ORDER BY created_at DESC, id DESC", skip, &[&time])?;
    Ok(reader.items)
}

/// Reads runs of a scope until there are `limit` of them.
struct ItemReader<'a> {
    connection: &'a Connection,
    scope: Scope,
    limit: i64,
    items: Vec<WorkflowRunMetadata>,
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
