//! The runs of a scope in the order of their keys.
//!
//! SQLite uses only the first column of `(created_at, id) < (?, ?)` to find where to start, and
//! passes all runs of that millisecond, of which there may be millions. Therefore the runs of a
//! bound's millisecond and those of the other times are read by separate statements.

use runledger_model::WorkflowRunStatus;
use runledger_store::{
    codes::StorageCode,
    counted_index::{ANY, RunKey, Scope, UnionPosition},
};
use rusqlite::{Connection, Row, ToSql, params_from_iter, types::Value};

use crate::{Result, columns::Columns, id_code};

/// The runs of a scope.
#[derive(Clone, Copy)]
pub struct RunsInOrder<'a> {
    connection: &'a Connection,
    scope: Scope,
}

impl<'a> RunsInOrder<'a> {
    /// Those of this scope.
    pub fn new(connection: &'a Connection, scope: Scope) -> Self {
        Self { connection, scope }
    }

    /// A statement that selects these columns of the runs of a scope under a condition. The
    /// parameters `?1` to `?3` are the scope, those of the condition begin with `?4`.
    ///
    /// The runs of a workflow in any status have no index of their own: they are those of its
    /// states. SQLite merges these where the statement is ordered by `created_at` and `id`, which
    /// must then be among the columns.
    pub fn select(scope: Scope, columns: &str, condition: &str) -> String {
        if scope.is_of_pair() {
            return format!("SELECT {columns} FROM {OF_PAIR} AND status = ?3 {condition}");
        }
        let indexed = match (scope.workflow, scope.status) {
            (ANY, ANY) => "run_by_time WHERE tenant = ?1 AND ?2 = 0 AND ?3 = 0",
            (ANY, _) => "run_by_status WHERE tenant = ?1 AND ?2 = 0 AND status = ?3",
            (_, ANY) => {
                let of_status = |status: &WorkflowRunStatus| {
                    Self::select_status(scope.workflow, status.code(), columns, condition)
                };
                let parts: Vec<_> = WorkflowRunStatus::ALL.iter().map(of_status).collect();
                return parts.join(" UNION ALL ");
            }
            (_, _) => "run_by_workflow_status WHERE tenant = ?1 AND workflow = ?2 AND status = ?3",
        };
        format!("SELECT {columns} FROM run INDEXED BY {indexed} {condition}")
    }

    /// As [`select`](Self::select), with the status in the text of the statement, where `?3` is 0.
    fn select_status(workflow: i64, status: i64, columns: &str, condition: &str) -> String {
        if workflow < 0 {
            return format!(
                "SELECT {columns} FROM {OF_PAIR} AND ?3 = 0 AND status = {status} {condition}"
            );
        }
        let indexed = match workflow {
            ANY => "run_by_status WHERE tenant = ?1 AND ?2 = 0",
            _ => "run_by_workflow_status WHERE tenant = ?1 AND workflow = ?2",
        };
        format!(
            "SELECT {columns} FROM run INDEXED BY {indexed}
             AND ?3 = 0 AND status = {status} {condition}"
        )
    }

    /// Numbers of at most `limit` runs of several scopes of a tenant and a workflow or a pair, each
    /// with a status, newest first, after skipping some. `ends` has the key below which the runs of
    /// each scope are listed.
    pub fn merged(
        connection: &Connection,
        scopes: &[Scope],
        UnionPosition { ends, skip }: &UnionPosition,
        limit: u64,
    ) -> Result<Vec<i64>> {
        let Some(Scope { tenant, workflow, status: _ }) = scopes.first() else {
            return Ok(Vec::new());
        };
        let mut values: Vec<Value> = vec![(*tenant).into(), (*workflow).into(), 0.into()];
        let mut parts = Vec::with_capacity(2 * scopes.len());
        let mut select = |status, condition: &str| {
            parts.push(Self::select_status(*workflow, status, KEY_AND_NUMBER, condition));
        };
        for (scope, end) in scopes.iter().zip(ends) {
            let Some(end) = end else {
                select(scope.status, "");
                continue;
            };
            let (time, id) = (values.len() + 1, values.len() + 2);
            select(scope.status, &format!("AND created_at = ?{time} AND id < ?{id}"));
            select(scope.status, &format!("AND created_at < ?{time}"));
            let (created_at, id) = stored_parts(end);
            values.extend([created_at.into(), id.into()]);
        }
        let sql = format!(
            "{} ORDER BY created_at DESC, id DESC LIMIT ?{} OFFSET ?{}",
            parts.join(" UNION ALL "),
            values.len() + 1,
            values.len() + 2
        );
        values.extend([limit.cast_signed().into(), skip.cast_signed().into()]);
        let mut statement = connection.prepare_cached(&sql)?;
        let numbers = statement.query_map(params_from_iter(values), |row| row.get(2))?;
        Ok(numbers.collect::<rusqlite::Result<_>>()?)
    }

    /// The number of runs with keys from `from` (inclusive) to `to` (exclusive; `None`: no upper
    /// limit).
    pub fn count(&self, from: &RunKey, to: Option<&RunKey>) -> Result<u64> {
        let (first, first_id) = stored_parts(from);
        let Some(to) = to else {
            let conditions = ["AND created_at = ?4 AND id >= ?5", "AND created_at > ?4"];
            return self.number(&conditions, &[&first, &first_id]);
        };
        let (last, last_id) = stored_parts(to);
        if first < last && last_id.is_empty() {
            // The usual case: the bound is a time.
            let conditions =
                ["AND created_at = ?4 AND id >= ?5", "AND created_at > ?4 AND created_at < ?6"];
            self.number(&conditions, &[&first, &first_id, &last])
        } else if first < last {
            let conditions = [
                "AND created_at = ?4 AND id >= ?5",
                "AND created_at > ?4 AND created_at < ?6",
                "AND created_at = ?6 AND id < ?7",
            ];
            self.number(&conditions, &[&first, &first_id, &last, &last_id])
        } else if first == last && first_id < last_id {
            let conditions = ["AND created_at = ?4 AND id >= ?5 AND id < ?6"];
            self.number(&conditions, &[&first, &first_id, &last_id])
        } else {
            Ok(0)
        }
    }

    /// The keys at these ascending positions among the runs from `from` on.
    pub fn keys_at(&self, from: &RunKey, positions: &[u64]) -> Result<Vec<RunKey>> {
        let mut wanted = positions.iter().peekable();
        let mut keys = Vec::with_capacity(positions.len());
        let mut position = 0;
        self.visit_from(from, &mut |row| {
            // The keys between are not read.
            if wanted.next_if(|wanted| **wanted == position).is_some() {
                keys.push(key_and_number(row)?.0);
            }
            position += 1;
            Ok(wanted.peek().is_some())
        })?;
        Ok(keys)
    }

    /// Calls `visit` with the keys from `from` on, ascending, while it returns `true`.
    pub fn visit(&self, from: &RunKey, visit: &mut dyn FnMut(RunKey) -> bool) -> Result<()> {
        self.visit_from(from, &mut |row| Ok(visit(key_and_number(row)?.0)))
    }

    /// Calls `visit` with the rows of [`KEY_AND_NUMBER`] from `from` on, up, while it returns
    /// `true`.
    fn visit_from(&self, from: &RunKey, visit: &mut Visit<'_>) -> Result<()> {
        let (time, id) = stored_parts(from);
        if self.visit_rows("AND created_at = ?4 AND id >= ?5", &[&time, &id], visit)? {
            self.visit_rows("AND created_at > ?4", &[&time], visit)?;
        }
        Ok(())
    }

    /// The keys and numbers of at most `count` runs, newest first: those below `end` (`None`: no
    /// upper limit) and not below `from`.
    pub fn newest_below(
        &self,
        end: Option<&RunKey>,
        from: &RunKey,
        count: u64,
    ) -> Result<Vec<(RunKey, i64)>> {
        let mut runs = Vec::new();
        let Some(end) = end else {
            self.newest("", &[], from, count, &mut runs)?;
            return Ok(runs);
        };
        let (time, id) = stored_parts(end);
        self.newest("AND created_at = ?4 AND id < ?5", &[&time, &id], from, count, &mut runs)?;
        self.newest("AND created_at < ?4", &[&time], from, count, &mut runs)?;
        Ok(runs)
    }

    /// The keys and numbers of at most `count` runs, oldest first: those not below `from`, and
    /// below `end` (`None`: no upper limit).
    pub fn oldest(
        &self,
        from: &RunKey,
        end: Option<&RunKey>,
        count: u64,
    ) -> Result<Vec<(RunKey, i64)>> {
        let mut runs = Vec::new();
        self.visit_from(from, &mut |row| {
            let (key, pk) = key_and_number(row)?;
            let is_wanted = (runs.len() as u64) < count && end.is_none_or(|end| key < *end);
            if is_wanted {
                runs.push((key, pk));
            }
            Ok(is_wanted)
        })?;
        Ok(runs)
    }

    fn newest(
        &self,
        condition: &str,
        values: &[&dyn ToSql],
        from: &RunKey,
        count: u64,
        runs: &mut Vec<(RunKey, i64)>,
    ) -> Result<()> {
        let missing = count.saturating_sub(runs.len() as u64);
        let select = Self::select(self.scope, KEY_AND_NUMBER, condition);
        let sql = format!("{select} ORDER BY created_at DESC, id DESC LIMIT {missing}");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(self.values(values)))?;
        while let Some(row) = rows.next()? {
            let (key, pk) = key_and_number(row)?;
            if key < *from {
                break;
            }
            runs.push((key, pk));
        }
        Ok(())
    }

    /// Visits the runs under a condition on further parameters. Returns whether `visit` wants more.
    fn visit_rows(
        &self,
        condition: &str,
        values: &[&dyn ToSql],
        visit: &mut Visit<'_>,
    ) -> Result<bool> {
        let select = Self::select(self.scope, KEY_AND_NUMBER, condition);
        let sql = format!("{select} ORDER BY created_at, id");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(self.values(values)))?;
        while let Some(row) = rows.next()? {
            if !visit(row)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The number of runs under these conditions on further parameters, which exclude each other.
    fn number(&self, conditions: &[&str], values: &[&dyn ToSql]) -> Result<u64> {
        let number = |condition: &&str| {
            format!("(SELECT count(*) FROM ({}))", Self::select(self.scope, "1", condition))
        };
        let numbers: Vec<_> = conditions.iter().map(number).collect();
        let sql = format!("SELECT {}", numbers.join(" + "));
        let mut statement = self.connection.prepare_cached(&sql)?;
        let values = params_from_iter(self.values(values));
        let count: i64 = statement.query_row(values, |row| row.get(0))?;
        Ok(count.cast_unsigned())
    }

    /// The parameters of a statement of [`select`](Self::select).
    fn values<'v>(&'v self, further: &[&'v dyn ToSql]) -> Vec<&'v dyn ToSql> {
        let Scope { tenant, workflow, status } = &self.scope;
        let scope: [&dyn ToSql; 3] = [tenant, workflow, status];
        scope.into_iter().chain(further.iter().copied()).collect()
    }
}

/// Looks at a row and returns whether more are wanted.
type Visit<'a> = dyn FnMut(&Row<'_>) -> rusqlite::Result<bool> + 'a;

/// The runs that have a pair of metadata, with the columns of a run that are read here.
const OF_PAIR: &str = "(SELECT pair, status, created_at, id, run AS pk FROM run_pair)
    WHERE ?1 > 0 AND pair = -?2";

/// The columns that [`key_and_number`] reads.
const KEY_AND_NUMBER: &str = "created_at, id, pk";

fn key_and_number(row: &Row<'_>) -> rusqlite::Result<(RunKey, i64)> {
    let mut columns = Columns::of(row);
    let (created_at, id) = (columns.value()?, columns.run_id()?);
    Ok((RunKey::new(created_at, &id), columns.value()?))
}

/// The creation time and the code of the id of a key, as they are stored. Those of the least key
/// are below all others.
pub fn stored_parts(key: &RunKey) -> (i64, Vec<u8>) {
    let (created_at, id) = key.parts().unwrap_or((i64::MIN, ""));
    (created_at, id_code::encode(id.as_bytes()))
}
