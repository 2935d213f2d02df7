//! Reading what has changed.

use runledger_store::{Changes, RunChange};
use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    Result,
    columns::{Columns, stored_run_id},
    run_rows,
};

/// The runs whose last change has a number above `after`, at most `max`, of one moment.
pub fn list(connection: &Connection, tenant: i64, after: u64, max: usize) -> Result<Changes> {
    let transaction = connection.unchecked_transaction()?;
    let mut statement = transaction
        .prepare_cached("SELECT last_change, deletions_after FROM tenant WHERE id = ?1")?;
    let numbers = statement.query_row([tenant], |row| {
        Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get::<_, i64>(1)?.cast_unsigned()))
    });
    let (last, deletions_after) = numbers.optional()?.unwrap_or_default();
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let limit = i64::try_from(max).unwrap_or(i64::MAX);
    let mut changes = recorded(&transaction, tenant, after, limit)?;
    changes.extend(deleted(&transaction, tenant, after, limit)?);
    changes.sort_unstable_by_key(|change| change.number);
    changes.truncate(max);
    Ok(Changes { changes, last, deletions_after })
}

/// The number of the tenant's last change; 0 if there was none.
pub fn last(connection: &Connection, tenant: i64) -> Result<u64> {
    let mut statement =
        connection.prepare_cached("SELECT last_change FROM tenant WHERE id = ?1")?;
    let last: Option<i64> = statement.query_row([tenant], |row| row.get(0)).optional()?;
    Ok(last.unwrap_or_default().cast_unsigned())
}

fn recorded(
    connection: &Connection,
    tenant: i64,
    after: i64,
    limit: i64,
) -> Result<Vec<RunChange>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {}, run.change FROM run INDEXED BY run_by_change
         WHERE tenant = ?1 AND change > ?2 ORDER BY change LIMIT ?3",
        run_rows::METADATA
    ))?;
    let changes = statement.query_map(params![tenant, after, limit], |row| {
        let mut columns = Columns::of(row);
        let run = run_rows::metadata_of(&mut columns)?;
        let number = columns.value::<i64>()?.cast_unsigned();
        Ok(RunChange { number, id: run.id.clone(), run: Some(run) })
    })?;
    Ok(changes.collect::<rusqlite::Result<_>>()?)
}

fn deleted(connection: &Connection, tenant: i64, after: i64, limit: i64) -> Result<Vec<RunChange>> {
    let mut statement = connection.prepare_cached(
        "SELECT change, id FROM deleted_run WHERE tenant = ?1 AND change > ?2
         ORDER BY change LIMIT ?3",
    )?;
    let changes = statement.query_map(params![tenant, after, limit], |row| {
        let number = row.get::<_, i64>(0)?.cast_unsigned();
        Ok(RunChange { number, id: stored_run_id(row, 1)?, run: None })
    })?;
    Ok(changes.collect::<rusqlite::Result<_>>()?)
}
