//! The table of counts.

use std::ops::{ControlFlow, RangeInclusive};

use runledger_store::counts::{CountKey, CountRows, Deltas, Grain, Order, Scope};
use rusqlite::{Connection, OptionalExtension, params};

use crate::{Result, error::Error};

/// Adds the changes that a transaction has made to the counts. A count that becomes 0 is deleted.
pub fn write(connection: &Connection, deltas: Deltas) -> Result<()> {
    let mut increase = connection.prepare_cached(
        "INSERT INTO run_count (tenant, workflow, status, grain, bucket, n)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET n = n + excluded.n",
    )?;
    let mut delete = connection.prepare_cached(
        "DELETE FROM run_count WHERE tenant = ?1 AND workflow = ?2 AND status = ?3 AND grain = ?4
         AND bucket = ?5 AND n = -?6",
    )?;
    let mut decrease = connection.prepare_cached(
        "UPDATE run_count SET n = n + ?6 WHERE tenant = ?1 AND workflow = ?2 AND status = ?3
         AND grain = ?4 AND bucket = ?5",
    )?;
    for (CountKey { scope, grain, bucket }, by) in deltas {
        let Scope { tenant, workflow, status } = scope;
        let values = params![tenant, workflow, status, grain.code(), bucket, by];
        if by > 0 {
            increase.execute(values)?;
        } else if by < 0 && delete.execute(values)? == 0 {
            decrease.execute(values)?;
        }
    }
    Ok(())
}

/// How many runs the scope has.
pub fn total(connection: &Connection, scope: Scope) -> Result<i64> {
    let Scope { tenant, workflow, status } = scope;
    let mut statement = connection.prepare_cached(
        "SELECT n FROM run_count WHERE tenant = ?1 AND workflow = ?2 AND status = ?3
         AND grain = ?4 AND bucket = 0",
    )?;
    let values = params![tenant, workflow, status, Grain::Ever.code()];
    Ok(statement.query_row(values, |row| row.get(0)).optional()?.unwrap_or(0))
}

/// The counts of a database as the store's bookkeeping reads them.
pub struct StoredCounts<'a>(pub &'a Connection);

impl CountRows for StoredCounts<'_> {
    type Error = Error;

    fn visit(
        &self,
        scope: Scope,
        grain: Grain,
        buckets: RangeInclusive<i64>,
        order: Order,
        visit: &mut dyn FnMut(i64, i64) -> ControlFlow<()>,
    ) -> Result<()> {
        let direction = match order {
            Order::NewestFirst => "DESC",
            Order::OldestFirst => "ASC",
        };
        let mut statement = self.0.prepare_cached(&format!(
            "SELECT bucket, n FROM run_count WHERE tenant = ?1 AND workflow = ?2 AND status = ?3
             AND grain = ?4 AND bucket BETWEEN ?5 AND ?6 ORDER BY bucket {direction}"
        ))?;
        let Scope { tenant, workflow, status } = scope;
        let (first, last) = buckets.into_inner();
        let mut rows =
            statement.query(params![tenant, workflow, status, grain.code(), first, last])?;
        while let Some(row) = rows.next()? {
            if visit(row.get(0)?, row.get(1)?).is_break() {
                break;
            }
        }
        Ok(())
    }
}
