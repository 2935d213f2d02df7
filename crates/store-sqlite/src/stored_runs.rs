//! All runs of a file, also where parts of it are damaged.

use std::collections::{BTreeMap, BTreeSet};

use runledger_model::{StepExecution, WorkflowRunDetail};
use rusqlite::{Connection, Row};

use crate::{
    Result,
    checksum::fits,
    columns::stored_run_id,
    earlier_attempts,
    error::is_damage,
    id_code,
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

/// A run that can be read.
pub struct ReadRun {
    /// The number of its tenant.
    pub tenant: i64,
    /// The run.
    pub run: WorkflowRunDetail,
    /// Its earlier attempts that are as they were written, the first one first.
    pub earlier: Vec<WorkflowRunDetail>,
    /// Whether it is the one that was written.
    pub state: State,
}

/// Whether a run is the one that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is, as far as can be told.
    Whole,
    /// It is; the id or the tenant in its row is wrong, and comes from elsewhere in the file.
    Corrected,
    /// Its content, or that of an earlier attempt, differs from its checksum, or an earlier attempt
    /// is missing.
    Altered,
}

/// What the index of ids says about a run.
struct Indexed {
    id: Vec<u8>,
    /// Whether the table has the run, with another tenant or id.
    has_row: bool,
}

/// Reads every run as a server does, and calls `visit` with its number and the run, or the reason
/// why it cannot be read. Numbers that only an index has, because a page of the table is damaged,
/// are visited as well. Returns whether these are all runs: otherwise neither the table nor an
/// index could be read to its end.
///
/// # Errors
/// Those of `visit`, and an error of SQLite that is not due to damage.
pub fn visit(
    connection: &Connection,
    visit: &mut dyn FnMut(i64, Result<ReadRun>) -> Result<()>,
) -> Result<bool> {
    let (differing, is_whole) = differing(connection)?;
    let mut read_and_visit = |number| match read(connection, number, differing.get(&number)) {
        Err(error) if !error.is_damage() => Err(error),
        run => visit(number, run),
    };
    let mut last = None;
    let scanned = numbers(connection, "SELECT pk FROM run NOT INDEXED ORDER BY pk", &mut |pk| {
        last = Some(pk);
        read_and_visit(pk)
    });
    let (missing, are_all) = match scanned {
        // An index that is damaged is a fault that the check of the structure reports.
        Ok(()) if !is_whole => return Ok(true),
        Ok(()) => {
            let without_row = differing.iter().filter(|(_, indexed)| !indexed.has_row);
            (without_row.map(|(number, _)| *number).collect(), true)
        }
        Err(error) if error.is_damage() => {
            let (mut numbers, are_all) = all_numbers(connection)?;
            numbers.retain(|number| last.is_none_or(|last| *number > last));
            (numbers, are_all)
        }
        Err(error) => return Err(error),
    };
    missing.into_iter().try_for_each(read_and_visit)?;
    Ok(are_all)
}

/// The run with this number, as it is read.
///
/// # Errors
/// An error of SQLite.
pub fn read_again(connection: &Connection, number: i64) -> Result<ReadRun> {
    read(connection, number, None)
}

/// The run with this number and these steps, which were read without the table's own search.
/// `None`: they are not the steps that were written, or that is not known.
///
/// # Errors
/// An error of SQLite.
pub fn read_with_steps(
    connection: &Connection,
    number: i64,
    steps: Vec<StepExecution>,
) -> Result<Option<ReadRun>> {
    let (_, tenant) = tenant(connection, number)?;
    let Some(row) = run_rows::find_without_steps(connection, number)? else { return Ok(None) };
    let StoredRun { run, numbers: _, checksum: stored } = row.with_steps(steps);
    let is_right = stored.is_some_and(|stored| fits(stored, &run));
    let (earlier, is_whole) = earlier_attempts::readable(connection, number)?;
    let is_right = is_right && is_whole;
    Ok(is_right.then_some(ReadRun { tenant, run, earlier, state: State::Whole }))
}

/// The tenants and ids of the runs with these numbers, as far as they can be read. Where a row and
/// the index of ids differ, both follow, that of the row first.
///
/// # Errors
/// An error of SQLite that is not due to damage.
pub fn ids(
    connection: &Connection,
    numbers: &BTreeSet<i64>,
) -> Result<BTreeMap<i64, Vec<(i64, String)>>> {
    let mut ids = BTreeMap::<i64, Vec<_>>::new();
    if numbers.is_empty() {
        return Ok(ids);
    }
    let sql = "SELECT pk, tenant, id FROM run NOT INDEXED WHERE pk = ?1";
    for number in numbers {
        if let Ok((_, id)) = connection.prepare_cached(sql)?.query_row([number], numbered_id) {
            ids.entry(*number).or_default().push(id);
        }
    }
    for (source, order) in SOURCES {
        let sql = format!("SELECT pk, tenant, id FROM run {source} ORDER BY {order}");
        let is_second_copy = source.contains("run_by_id");
        let mut statement = match connection.prepare(&sql) {
            Err(error) if is_damage(&error) => continue,
            statement => statement?,
        };
        for row in statement.query_map([], numbered_id)? {
            match row {
                Ok((number, id)) if numbers.contains(&number) => {
                    let known = ids.entry(number).or_default();
                    if (known.is_empty() || is_second_copy) && !known.contains(&id) {
                        known.push(id);
                    }
                }
                Ok(_) => {}
                Err(error) if is_damage(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(ids)
}

/// The run with this number. Where the index of ids says something else, the id with which the
/// checksum fits is taken.
fn read(connection: &Connection, number: i64, indexed: Option<&Indexed>) -> Result<ReadRun> {
    let (stored_tenant, tenant) = tenant(connection, number)?;
    let StoredRun { mut run, numbers: _, checksum: stored } =
        run_rows::find_by_number(connection, number)?
            .ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    let is_right = |run: &WorkflowRunDetail| stored.is_none_or(|stored| fits(stored, run));
    let mut state = if stored_tenant == tenant { State::Whole } else { State::Corrected };
    if !is_right(&run) {
        let other = indexed.and_then(|indexed| id_code::decode(&indexed.id));
        let other = other.and_then(|id| String::from_utf8(id).ok());
        let other = other.map(|id| WorkflowRunDetail { id, ..run.clone() }).filter(is_right);
        state = if other.is_some() { State::Corrected } else { State::Altered };
        run = other.unwrap_or(run);
    }
    let (earlier, is_whole) = earlier_attempts::readable(connection, number)?;
    if !is_whole {
        state = State::Altered;
    }
    Ok(ReadRun { tenant, run, earlier, state })
}

/// The tenant that a run's row states, and the one that it has. The checksum does not cover it, but
/// the workflow, version and type of a run are of the same tenant.
fn tenant(connection: &Connection, number: i64) -> Result<(i64, i64)> {
    let mut statement = connection.prepare_cached(
        "SELECT tenant,
         (SELECT tenant FROM workflow WHERE workflow.id = run.workflow),
         (SELECT tenant FROM version WHERE version.id = run.version),
         (SELECT tenant FROM run_type WHERE run_type.id = run.run_type)
         FROM run NOT INDEXED WHERE pk = ?1",
    )?;
    let (stored, shared): (i64, [Option<i64>; 3]) = statement
        .query_row([number], |row| Ok((row.get(0)?, [row.get(1)?, row.get(2)?, row.get(3)?])))?;
    let tenant = match shared {
        [Some(first), Some(second), Some(third)] if first == second && second == third => first,
        _ => stored,
    };
    Ok((stored, tenant))
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

/// The runs that the index of ids has and the table has not, or has with another tenant or id; and
/// whether all of the index could be read.
fn differing(connection: &Connection) -> Result<(BTreeMap<i64, Indexed>, bool)> {
    let mut found = BTreeMap::new();
    for order in ["ASC", "DESC"] {
        let sql = format!(
            "SELECT run.pk, run.id, stored.pk IS NOT NULL FROM run INDEXED BY run_by_id
             LEFT JOIN run stored NOT INDEXED ON stored.pk = run.pk
             WHERE stored.pk IS NULL OR stored.tenant <> run.tenant OR stored.id <> run.id
             ORDER BY run.tenant {order}, run.id {order}"
        );
        let mut read = || {
            let mut statement = connection.prepare(&sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                found.insert(row.get(0)?, Indexed { id: row.get(1)?, has_row: row.get(2)? });
            }
            Ok(())
        };
        match read() {
            Ok(()) => return Ok((found, true)),
            Err(error) if is_damage(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok((found, false))
}

/// The numbers of all runs that can be found in any way, and whether one of the ways led to the
/// end.
fn all_numbers(connection: &Connection) -> Result<(BTreeSet<i64>, bool)> {
    let (mut found, mut are_all) = (BTreeSet::new(), false);
    for (source, order) in SOURCES {
        let sql = format!("SELECT pk FROM run {source} ORDER BY {order}");
        let read = numbers(connection, &sql, &mut |number| {
            found.insert(number);
            Ok(())
        });
        match read {
            Err(error) if !error.is_damage() => return Err(error),
            read => are_all |= read.is_ok(),
        }
    }
    Ok((found, are_all))
}

/// The number, tenant and id of a run.
fn numbered_id(row: &Row<'_>) -> rusqlite::Result<(i64, (i64, String))> {
    Ok((row.get(0)?, (row.get(1)?, stored_run_id(row, 2)?)))
}
