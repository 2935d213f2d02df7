//! The runs of a page.

use runledger_model::WorkflowRunMetadata;
use runledger_store::counted_index::{ANY, RunKey, Scope, UnionPosition};
use rusqlite::{Connection, Params, ToSql, params_from_iter};

use crate::{
    Result, run_rows,
    runs_in_order::{RunsInOrder, stored_parts},
    selection::Selection,
};

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
    let numbers = RunsInOrder::merged(selection.connection, &selection.scopes, position, limit)?;
    let run = |pk: &i64| run_rows::metadata_of_number(selection.connection, *pk);
    numbers.iter().map(run).collect()
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
    let Some(end) = end else {
        reader.read("", skip, &[])?;
        return Ok(reader.items);
    };
    // The runs of the millisecond of the bound, then those before: see `runs_in_order`.
    let (time, id) = stored_parts(end);
    let at_time = reader.count_up_to(skip + 1, "AND created_at = ?4 AND id < ?5", &[&time, &id])?;
    if skip < at_time {
        reader.read("AND created_at = ?4 AND id < ?5", skip, &[&time, &id])?;
    }
    skip = (skip - at_time).max(0);
    reader.read("AND created_at < ?4", skip, &[&time])?;
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
    /// parameters begin with `?4`.
    fn read(&mut self, condition: &str, skip: i64, values: &[&dyn ToSql]) -> Result<()> {
        let missing = self.limit - self.items.len() as i64;
        if missing == 0 {
            return Ok(());
        }
        let is_merged = self.scope.workflow != ANY && self.scope.status == ANY;
        let is_merged = is_merged || self.scope.is_of_pair();
        let columns = if is_merged { "created_at, id, pk" } else { run_rows::METADATA };
        let select = RunsInOrder::select(self.scope, columns, condition);
        let sql = format!(
            "{select} ORDER BY created_at DESC, id DESC LIMIT ?{} OFFSET ?{}",
            4 + values.len(),
            5 + values.len()
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(self.values(values, &[&missing, &skip]))?;
        while let Some(row) = rows.next()? {
            let item = match is_merged {
                true => run_rows::metadata_of_number(self.connection, row.get(2)?)?,
                false => run_rows::metadata(row)?,
            };
            self.items.push(item);
        }
        Ok(())
    }

    /// The number of runs under a condition whose parameters begin with `?4`, but not more than
    /// `max`.
    fn count_up_to(&self, max: i64, condition: &str, values: &[&dyn ToSql]) -> Result<i64> {
        let select = RunsInOrder::select(self.scope, "1", condition);
        let sql = format!("SELECT count(*) FROM ({select} LIMIT ?{})", 4 + values.len());
        let mut statement = self.connection.prepare_cached(&sql)?;
        Ok(statement.query_row(self.values(values, &[&max]), |row| row.get(0))?)
    }

    /// The parameters of a statement: the scope, those of the condition, and the last ones.
    fn values<'v>(&'v self, values: &[&'v dyn ToSql], last: &[&'v dyn ToSql]) -> impl Params + 'v {
        let Scope { tenant, workflow, status } = &self.scope;
        let scope: [&dyn ToSql; 3] = [tenant, workflow, status];
        params_from_iter([&scope[..], values, last].concat())
    }
}
