//! The table of the counted index, and the runs as it reads them.

use std::sync::LazyLock;

use runledger_store::{
    StoreError,
    counted_index::{Block, BlockAt, IndexRows, RunKey, Scope, find_covering_run_block},
};
use rusqlite::{Connection, OptionalExtension, Row, Rows, Statement, ToSql, params};

use crate::{Result, error::Error, runs_in_order::RunsInOrder};

/// The index rows and the runs of a scope.
pub struct StoredIndex<'a> {
    connection: &'a Connection,
    scope: Scope,
}

impl<'a> StoredIndex<'a> {
    /// Those of this scope.
    pub fn new(connection: &'a Connection, scope: Scope) -> Self {
        Self { connection, scope }
    }

    fn runs(&self) -> RunsInOrder<'a> {
        RunsInOrder::new(self.connection, self.scope)
    }

    /// The first row of a statement whose parameters are the scope, a level and a bound.
    fn first(&self, sql: &str, level: u8, bound: &RunKey) -> Result<Option<Block>> {
        let Scope { tenant, workflow, status } = self.scope;
        let values = params![tenant, workflow, status, level, bound.as_bytes()];
        Ok(self.connection.prepare_cached(sql)?.query_row(values, block).optional()?)
    }

    /// As [`IndexRows::child_at`].
    fn child_at_from_newest(
        &self,
        level: u8,
        from: &RunKey,
        end: Option<&RunKey>,
        mut newer: u64,
    ) -> Result<BlockAt> {
        let mut statement = self.connection.prepare_cached(&children(end, "DESC"))?;
        let mut rows = self.query_children(&mut statement, level, from, end)?;
        let mut end = end.map(|end| end.as_bytes().to_vec());
        while let Some(row) = rows.next()? {
            let (bound, runs) = (blob(row)?, row.get::<_, i64>(1)?.cast_unsigned());
            if newer < runs {
                let bound = RunKey::from_bytes(bound.to_vec());
                return Ok(BlockAt { bound, end: end.map(RunKey::from_bytes), runs, newer });
            }
            newer -= runs;
            let end = end.get_or_insert_default();
            end.clear();
            end.extend_from_slice(bound);
        }
        Err(does_not_add_up())
    }

    /// As [`IndexRows::child_at`], for the run that is the nth of the oldest; the first is 1.
    fn child_at_from_oldest(
        &self,
        level: u8,
        from: &RunKey,
        end: Option<&RunKey>,
        nth: u64,
    ) -> Result<BlockAt> {
        let mut statement = self.connection.prepare_cached(&children(end, "ASC"))?;
        let mut rows = self.query_children(&mut statement, level, from, end)?;
        let mut through = 0;
        while let Some(row) = rows.next()? {
            let runs = row.get::<_, i64>(1)?.cast_unsigned();
            through += runs;
            if nth <= through {
                let bound = RunKey::from_bytes(row.get(0)?);
                let next = rows.next()?.map(|next| next.get(0)).transpose()?;
                let end = next.map(RunKey::from_bytes).or_else(|| end.cloned());
                return Ok(BlockAt { bound, end, runs, newer: through - nth });
            }
        }
        Err(does_not_add_up())
    }

    /// The rows of a statement of [`children`].
    fn query_children<'s>(
        &self,
        statement: &'s mut Statement<'_>,
        level: u8,
        from: &RunKey,
        end: Option<&RunKey>,
    ) -> Result<Rows<'s>> {
        let Scope { tenant, workflow, status } = self.scope;
        let end = end.map(RunKey::as_bytes);
        Ok(statement.query(params![tenant, workflow, status, level, from.as_bytes(), end])?)
    }

    fn execute(&self, sql: &str, level: u8, bound: &RunKey, runs: &dyn ToSql) -> Result<()> {
        let Scope { tenant, workflow, status } = self.scope;
        let values = params![tenant, workflow, status, level, bound.as_bytes(), runs];
        self.connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }
}

impl IndexRows for StoredIndex<'_> {
    type Error = Error;

    async fn root(&mut self) -> Result<Option<(u8, Block)>> {
        let Scope { tenant, workflow, status } = self.scope;
        let mut statement = self.connection.prepare_cached(
            "SELECT bound, runs, level FROM run_block
             WHERE tenant = ?1 AND workflow = ?2 AND status = ?3 ORDER BY level DESC LIMIT 1",
        )?;
        let root = statement
            .query_row(params![tenant, workflow, status], |row| Ok((row.get(2)?, block(row)?)));
        Ok(root.optional()?)
    }

    async fn covering(&mut self, level: u8, key: &RunKey) -> Result<Option<Block>> {
        let sql = "SELECT bound, runs FROM run_block
            WHERE tenant = ?1 AND workflow = ?2 AND status = ?3 AND level = ?4 AND bound <= ?5
            ORDER BY bound DESC LIMIT 1";
        self.first(sql, level, key)
    }

    async fn before(&mut self, level: u8, key: &RunKey) -> Result<Option<Block>> {
        let sql = "SELECT bound, runs FROM run_block
            WHERE tenant = ?1 AND workflow = ?2 AND status = ?3 AND level = ?4 AND bound < ?5
            ORDER BY bound DESC LIMIT 1";
        self.first(sql, level, key)
    }

    async fn after(&mut self, level: u8, key: &RunKey) -> Result<Option<Block>> {
        let sql = "SELECT bound, runs FROM run_block
            WHERE tenant = ?1 AND workflow = ?2 AND status = ?3 AND level = ?4 AND bound > ?5
            ORDER BY bound LIMIT 1";
        self.first(sql, level, key)
    }

    async fn blocks(
        &mut self,
        level: u8,
        from: &RunKey,
        to: Option<&RunKey>,
    ) -> Result<Vec<Block>> {
        let mut statement = self.connection.prepare_cached(&children(to, "ASC"))?;
        let mut rows = self.query_children(&mut statement, level, from, to)?;
        let mut blocks = Vec::new();
        while let Some(row) = rows.next()? {
            blocks.push(block(row)?);
        }
        Ok(blocks)
    }

    async fn covering_run_block(&mut self, key: &RunKey) -> Result<Option<(u64, RunKey)>> {
        let Scope { tenant, workflow, status } = self.scope;
        let found = self
            .connection
            .prepare_cached(&COVERING_RUN_BLOCK)?
            .query_row(params![tenant, workflow, status, key.as_bytes()], |row| {
                Ok((row.get::<_, Option<u8>>(0)?, row.get::<_, i64>(1)?, row.get(2)?))
            })?;
        match found {
            (Some(top), below, Some(bound)) if top <= MAX_TOP => {
                Ok(Some((below.cast_unsigned(), RunKey::from_bytes(bound))))
            }
            _ => find_covering_run_block(self, key).await,
        }
    }

    async fn child_at(&mut self, level: u8, parent: &BlockAt) -> Result<BlockAt> {
        let BlockAt { bound, end, runs, newer } = parent;
        // From the nearer end.
        if newer < &(runs / 2) {
            self.child_at_from_newest(level, bound, end.as_ref(), *newer)
        } else {
            self.child_at_from_oldest(level, bound, end.as_ref(), runs.saturating_sub(*newer))
        }
    }

    async fn put(&mut self, level: u8, block: &Block) -> Result<()> {
        let sql = "INSERT INTO run_block (tenant, workflow, status, level, bound, runs)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET runs = excluded.runs";
        self.execute(sql, level, &block.bound, &block.runs.cast_signed())
    }

    async fn delete(&mut self, level: u8, bound: &RunKey) -> Result<()> {
        let sql = "DELETE FROM run_block WHERE tenant = ?1 AND workflow = ?2 AND status = ?3
            AND level = ?4 AND bound = ?5 AND ?6 IS NULL";
        self.execute(sql, level, bound, &None::<i64>)
    }

    async fn count_runs(&mut self, from: &RunKey, to: Option<&RunKey>) -> Result<u64> {
        self.runs().count(from, to)
    }

    async fn run_keys(&mut self, from: &RunKey, positions: &[u64]) -> Result<Vec<RunKey>> {
        self.runs().keys_at(from, positions)
    }
}

/// A statement that returns the bounds and counts of the blocks of a level from `?5` (inclusive) to
/// `?6` (exclusive).
fn children(end: Option<&RunKey>, order: &str) -> String {
    let limit = if end.is_some() { "AND bound < ?6" } else { "AND ?6 IS NULL" };
    format!(
        "SELECT bound, runs FROM run_block
         WHERE tenant = ?1 AND workflow = ?2 AND status = ?3 AND level = ?4 AND bound >= ?5
         {limit} ORDER BY bound {order}"
    )
}

fn blob<'r>(row: &'r Row<'_>) -> Result<&'r [u8]> {
    Ok(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?)
}

/// A row has another count than those below it.
fn does_not_add_up() -> Error {
    StoreError::engine("the counts do not add up").into()
}

fn block(row: &Row<'_>) -> rusqlite::Result<Block> {
    let runs: i64 = row.get(1)?;
    // A negative count is a fault that `check` reports as a wrong one.
    Ok(Block { bound: RunKey::from_bytes(row.get(0)?), runs: u64::try_from(runs).unwrap_or(0) })
}

/// The highest level of a root for which [`COVERING_RUN_BLOCK`] can be used.
const MAX_TOP: u8 = 4;

/// A statement that finds a block as [`IndexRows::covering_run_block`]: the level of the root, the
/// number of runs below the block, and its bound. On each level below the root, the runs of the
/// blocks before the covering one are added up.
static COVERING_RUN_BLOCK: LazyLock<String> = LazyLock::new(|| {
    let of_scope = "FROM run_block WHERE tenant = ?1 AND workflow = ?2 AND status = ?3";
    let levels = 0..MAX_TOP;
    let bounds = levels.clone().map(|level| {
        format!(
            "(SELECT max(bound) {of_scope} AND level = {level} AND bound <= ?4) AS bound{level}"
        )
    });
    let runs = levels.map(|level| {
        let from = match level + 1 {
            MAX_TOP => "x''".to_owned(),
            above => format!("ifnull(bound{above}, x'')"),
        };
        format!(
            "ifnull((SELECT sum(runs) {of_scope} AND level = {level}
                     AND bound >= {from} AND bound < bound{level}), 0)"
        )
    });
    let (bounds, runs): (Vec<_>, Vec<_>) = (bounds.collect(), runs.collect());
    // `OFFSET` keeps SQLite from merging the inner statement with the outer one, where it would
    // look for the bounds several times.
    format!(
        "SELECT top, {}, bound0 FROM (
            SELECT (SELECT max(level) {of_scope}) AS top, {} LIMIT 1 OFFSET 0)",
        runs.join(" + "),
        bounds.join(", ")
    )
});
