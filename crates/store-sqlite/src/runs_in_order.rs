//! The runs of a scope in the order of their keys.
//!
//! SQLite uses only the first column of `(created_at, id) < (?, ?)` to find where to start, and
//! passes all runs of that millisecond, of which there may be millions. Therefore the runs of a
//! bound's millisecond and those of the other times are read by separate statements.

use runledger_store::counted_index::{ANY, RunKey, Scope};
use rusqlite::{Connection, ToSql, params_from_iter};

use crate::Result;

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

    /// `FROM run … WHERE …` for the runs of a scope, on the index that has their order. The
    /// parameters `?1` to `?3` are the scope.
    pub fn from_clause(scope: Scope) -> &'static str {
        match (scope.workflow, scope.status) {
            (ANY, ANY) => "FROM run INDEXED BY run_by_time WHERE tenant = ?1 AND ?2 = 0 AND ?3 = 0",
            (ANY, _) => {
                "FROM run INDEXED BY run_by_status WHERE tenant = ?1 AND ?2 = 0 AND status = ?3"
            }
            (_, ANY) => {
                "FROM run INDEXED BY run_by_workflow
                 WHERE tenant = ?1 AND workflow = ?2 AND ?3 = 0"
            }
            (_, _) => {
                "FROM run INDEXED BY run_by_workflow_status
                 WHERE tenant = ?1 AND workflow = ?2 AND status = ?3"
            }
        }
    }

    /// The number of runs with keys from `from` (inclusive) to `to` (exclusive; `None`: no upper
    /// limit).
    pub fn count(&self, from: &RunKey, to: Option<&RunKey>) -> Result<u64> {
        let (first, first_id) = from.parts().unwrap_or((i64::MIN, ""));
        let Some(to) = to else {
            let at_first = self.number("AND created_at = ? AND id >= ?", &[&first, &first_id])?;
            return Ok(at_first + self.number("AND created_at > ?", &[&first])?);
        };
        let (last, last_id) = to.parts().unwrap_or((i64::MIN, ""));
        if first < last {
            let at_first = self.number("AND created_at = ? AND id >= ?", &[&first, &first_id])?;
            let at_last = self.number("AND created_at = ? AND id < ?", &[&last, &last_id])?;
            let between = self.number("AND created_at > ? AND created_at < ?", &[&first, &last])?;
            Ok(at_first + between + at_last)
        } else if first == last && first_id < last_id {
            let condition = "AND created_at = ? AND id >= ? AND id < ?";
            self.number(condition, &[&first, &first_id, &last_id])
        } else {
            Ok(0)
        }
    }

    /// The keys at these ascending positions among the runs from `from` on.
    pub fn keys_at(&self, from: &RunKey, positions: &[u64]) -> Result<Vec<RunKey>> {
        let mut wanted = positions.iter().peekable();
        let mut keys = Vec::with_capacity(positions.len());
        let mut position = 0;
        self.visit(from, &mut |key| {
            if wanted.next_if(|wanted| **wanted == position).is_some() {
                keys.push(key);
            }
            position += 1;
            wanted.peek().is_some()
        })?;
        Ok(keys)
    }

    /// Calls `visit` with the keys from `from` on, ascending, while it returns `true`.
    pub fn visit(&self, from: &RunKey, visit: &mut dyn FnMut(RunKey) -> bool) -> Result<()> {
        self.visit_numbered(from, &mut |key, _| visit(key))
    }

    /// As [`visit`](Self::visit), with the number of each run.
    fn visit_numbered(
        &self,
        from: &RunKey,
        visit: &mut dyn FnMut(RunKey, i64) -> bool,
    ) -> Result<()> {
        let (time, id) = from.parts().unwrap_or((i64::MIN, ""));
        let at_time = "AND created_at = ? AND id >= ? ORDER BY id";
        if self.visit_rows(at_time, &[&time, &id], visit)? {
            let later = "AND created_at > ? ORDER BY created_at, id";
            self.visit_rows(later, &[&time], visit)?;
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
        let Some((time, id)) = end.and_then(RunKey::parts) else {
            let all = "ORDER BY created_at DESC, id DESC";
            self.newest(all, &[], from, count, &mut runs)?;
            return Ok(runs);
        };
        let at_time = "AND created_at = ? AND id < ? ORDER BY id DESC";
        self.newest(at_time, &[&time, &id], from, count, &mut runs)?;
        let earlier = "AND created_at < ? ORDER BY created_at DESC, id DESC";
        self.newest(earlier, &[&time], from, count, &mut runs)?;
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
        self.visit_numbered(from, &mut |key, pk| {
            let is_wanted = (runs.len() as u64) < count && end.is_none_or(|end| key < *end);
            if is_wanted {
                runs.push((key, pk));
            }
            is_wanted
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
        let missing = count.saturating_sub(runs.len() as u64).cast_signed();
        let clause = Self::from_clause(self.scope);
        let sql = format!("SELECT created_at, id, pk {clause} {condition} LIMIT ?");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let values = self.values(values).into_iter().chain([&missing as &dyn ToSql]);
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            let id = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
            let key = RunKey::new(row.get(0)?, id);
            if key < *from {
                break;
            }
            runs.push((key, row.get(2)?));
        }
        Ok(())
    }

    /// Visits the runs under a condition on further parameters. Returns whether `visit` wants more.
    fn visit_rows(
        &self,
        condition: &str,
        values: &[&dyn ToSql],
        visit: &mut dyn FnMut(RunKey, i64) -> bool,
    ) -> Result<bool> {
        let sql =
            format!("SELECT created_at, id, pk {} {condition}", Self::from_clause(self.scope));
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(self.values(values)))?;
        while let Some(row) = rows.next()? {
            let id = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
            if !visit(RunKey::new(row.get(0)?, id), row.get(2)?) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The number of runs under a condition on further parameters.
    fn number(&self, condition: &str, values: &[&dyn ToSql]) -> Result<u64> {
        let sql = format!("SELECT count(*) {} {condition}", Self::from_clause(self.scope));
        let mut statement = self.connection.prepare_cached(&sql)?;
        let values = params_from_iter(self.values(values));
        let count: i64 = statement.query_row(values, |row| row.get(0))?;
        Ok(count.cast_unsigned())
    }

    /// The parameters of a statement on [`from_clause`](Self::from_clause).
    fn values<'v>(&'v self, further: &[&'v dyn ToSql]) -> Vec<&'v dyn ToSql> {
        let Scope { tenant, workflow, status } = &self.scope;
        let scope: [&dyn ToSql; 3] = [tenant, workflow, status];
        scope.into_iter().chain(further.iter().copied()).collect()
    }
}
