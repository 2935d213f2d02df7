//! The table of the counted index, and the runs as it reads them.

use runledger_store::counted_index::{Block, IndexRows, RunKey, Scope};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};

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
        let limit = if to.is_some() { "AND bound < ?6" } else { "AND ?6 IS NULL" };
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT bound, runs FROM run_block
             WHERE tenant = ?1 AND workflow = ?2 AND status = ?3 AND level = ?4 AND bound >= ?5
             {limit} ORDER BY bound"
        ))?;
        let Scope { tenant, workflow, status } = self.scope;
        let to = to.map(RunKey::as_bytes);
        let values = params![tenant, workflow, status, level, from.as_bytes(), to];
        let blocks = statement.query_map(values, block)?;
        Ok(blocks.collect::<rusqlite::Result<_>>()?)
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

fn block(row: &Row<'_>) -> rusqlite::Result<Block> {
    let runs: i64 = row.get(1)?;
    // A negative count is a fault that `check` reports as a wrong one.
    Ok(Block { bound: RunKey::from_bytes(row.get(0)?), runs: u64::try_from(runs).unwrap_or(0) })
}
