//! All runs of a file, also where parts of it are damaged.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use runledger_model::WorkflowRunDetail;
use rusqlite::{Connection, Row, types::Type};

use crate::{
    Result,
    checksum::checksum,
    columns::stored_run_id,
    error::is_damage,
    run_rows::{self, StoredRun},
};

/// Where run numbers are read if a page of the table is damaged: the table and two indexes, each
/// from both ends to the damage.
const SOURCES: [(&str, &str); 6] = [
    ("NOT INDEXED", "pk"),
    ("NOT INDEXED", "pk DESC"),
    ("INDEXED BY run_by_id", "tenant, id"),
    ("INDEXED BY run_by_id", "tenant DESC, id DESC"),
    ("INDEXED BY run_by_time", "tenant, created_at, id"),
    ("INDEXED BY run_by_time", "tenant DESC, created_at DESC, id DESC"),
];

/// A run with the number of its tenant.
pub type ReadRun = (i64, WorkflowRunDetail);

/// A run is not the one that was written.
#[derive(Debug)]
pub struct WrongChecksum;

impl fmt::Display for WrongChecksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("its content differs from its checksum")
    }
}

impl std::error::Error for WrongChecksum {}

/// Reads every run as a server does, and calls `visit` with its number and the run, or the reason
/// why it cannot be read. Numbers that only an index has, because a page of the table is damaged,
/// are visited as well.
///
/// # Errors
/// Those of `visit`, and an error of SQLite that is not due to damage.
pub fn visit(
    connection: &Connection,
    visit: &mut dyn FnMut(i64, Result<ReadRun>) -> Result<()>,
) -> Result<()> {
    let mut read_and_visit = |number| match read(connection, number) {
        Err(error) if !error.is_damage() => Err(error),
        run => visit(number, run),
    };
    let mut last = None;
    let scanned = numbers(connection, "SELECT pk FROM run NOT INDEXED ORDER BY pk", &mut |pk| {
        last = Some(pk);
        read_and_visit(pk)
    });
    let missing = match scanned {
        Ok(()) => without_rows(connection),
        Err(error) if error.is_damage() => all_numbers(connection).map(|numbers| match last {
            Some(last) => numbers.into_iter().filter(|number| *number > last).collect(),
            None => numbers,
        }),
        Err(error) => return Err(error),
    };
    match missing {
        // An index that is damaged as well is a fault that the check of the structure reports.
        Err(error) if error.is_damage() => Ok(()),
        missing => missing?.into_iter().try_for_each(read_and_visit),
    }
}

/// The tenants and ids of the runs with these numbers, from their rows or from the index of ids,
/// where they can be read.
///
/// # Errors
/// An error of SQLite that is not due to damage.
pub fn ids(
    connection: &Connection,
    mut numbers: BTreeSet<i64>,
) -> Result<BTreeMap<i64, (i64, String)>> {
    let mut ids = BTreeMap::new();
    let sql = "SELECT pk, tenant, id FROM run NOT INDEXED WHERE pk = ?1";
    for number in &numbers {
        if let Ok((_, id)) = connection.prepare_cached(sql)?.query_row([number], numbered_id) {
            ids.insert(*number, id);
        }
    }
    numbers.retain(|number| !ids.contains_key(number));
    if numbers.is_empty() {
        return Ok(ids);
    }
    for (source, order) in SOURCES {
        let sql = format!("SELECT pk, tenant, id FROM run {source} ORDER BY {order}");
        let mut statement = connection.prepare(&sql)?;
        for row in statement.query_map([], numbered_id)? {
            match row {
                Ok((number, id)) if numbers.remove(&number) => drop(ids.insert(number, id)),
                Ok(_) => {}
                Err(error) if is_damage(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(ids)
}

/// The run with this number, which is as its checksum says.
fn read(connection: &Connection, number: i64) -> Result<ReadRun> {
    let sql = "SELECT tenant FROM run NOT INDEXED WHERE pk = ?1";
    let tenant = connection.prepare_cached(sql)?.query_row([number], |row| row.get(0))?;
    let StoredRun { run, numbers: _, checksum: stored } =
        run_rows::find_by_number(connection, number)?
            .ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    if stored.is_some_and(|stored| stored != checksum(&run)) {
        let error = Box::new(WrongChecksum);
        return Err(rusqlite::Error::FromSqlConversionFailure(0, Type::Integer, error).into());
    }
    Ok((tenant, run))
}

/// Calls `visit` with the numbers that a statement returns.
fn numbers(
    connection: &Connection,
    sql: &str,
    visit: &mut dyn FnMut(i64) -> Result<()>,
) -> Result<()> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        visit(row.get(0)?)?;
    }
    Ok(())
}

/// The numbers that the index of ids has and the table has not.
fn without_rows(connection: &Connection) -> Result<BTreeSet<i64>> {
    let sql = "SELECT pk FROM run INDEXED BY run_by_id
               WHERE NOT EXISTS (SELECT 1 FROM run stored NOT INDEXED WHERE stored.pk = run.pk)
               ORDER BY tenant, id";
    let mut found = BTreeSet::new();
    numbers(connection, sql, &mut |number| {
        found.insert(number);
        Ok(())
    })?;
    Ok(found)
}

/// The numbers of all runs that can be found in any way.
fn all_numbers(connection: &Connection) -> Result<BTreeSet<i64>> {
    let mut found = BTreeSet::new();
    for (source, order) in SOURCES {
        let sql = format!("SELECT pk FROM run {source} ORDER BY {order}");
        let read = numbers(connection, &sql, &mut |number| {
            found.insert(number);
            Ok(())
        });
        match read {
            Err(error) if !error.is_damage() => return Err(error),
            _ => {}
        }
    }
    Ok(found)
}

/// The number, tenant and id of a run.
fn numbered_id(row: &Row<'_>) -> rusqlite::Result<(i64, (i64, String))> {
    Ok((row.get(0)?, (row.get(1)?, stored_run_id(row, 2)?)))
}
