//! Whether every run can be read, with its steps.

use std::collections::{BTreeMap, BTreeSet};

use runledger_store::{Fault, RunName};
use rusqlite::{Connection, ErrorCode};

use crate::{
    Result,
    error::Error,
    stored_runs::{self, State},
    tenants,
};

/// The greatest number of unreadable runs that are reported each.
const MAX_REPORTED: usize = 1000;

/// The runs that cannot be read, are missing, or are not as they were written: a fault for each.
///
/// # Errors
/// An error of SQLite that is not due to damage of the runs.
pub fn find_faults(connection: &Connection) -> Result<Vec<Fault>> {
    let mut found = BTreeMap::new();
    stored_runs::visit(connection, &mut |number, read| {
        let fault = match read.map(|read| read.state) {
            Ok(State::Whole) => return Ok(()),
            Ok(State::Corrected) => "is stored with a wrong id or tenant".to_owned(),
            Ok(State::Altered) => {
                "is altered: it differs from its checksum, or an earlier attempt of it is missing"
                    .to_owned()
            }
            Err(error) => format!("cannot be read: {}", reason(&error)),
        };
        found.insert(number, fault);
        Ok(())
    })?;
    let mut names = names(connection, &found.keys().copied().collect())?;
    let reported = found.iter().take(MAX_REPORTED).map(|(number, fault)| {
        let names = names.remove(number).unwrap_or_default();
        let run = match &*names {
            [] => format!("the run with the row number {number}, whose id is unknown,"),
            [name] => name.to_string(),
            [name, others @ ..] => {
                let others: Vec<_> = others.iter().map(RunName::to_string).collect();
                format!("{name}, or {} by the index,", others.join(" or "))
            }
        };
        let lost_run = names.into_iter().next_back();
        Fault { lost_run, ..Fault::of_data(format!("{run} {fault}")) }
    });
    let mut faults: Vec<_> = reported.collect();
    if found.len() > MAX_REPORTED {
        let others = found.len() - MAX_REPORTED;
        faults.push(Fault::of_data(format!("{others} further runs are altered or unreadable")));
    }
    Ok(faults)
}

/// The names of the runs with these numbers, those that can be found: usually one for each number,
/// and two where a row and the index of ids differ.
///
/// # Errors
/// An error of SQLite that is not due to damage.
pub fn names(
    connection: &Connection,
    numbers: &BTreeSet<i64>,
) -> Result<BTreeMap<i64, Vec<RunName>>> {
    let ids = stored_runs::ids(connection, numbers)?;
    let tenants = tenants::list(connection).unwrap_or_default();
    let name = |(tenant, id)| {
        let found = tenants.iter().find(|(known, _)| known.0 == tenant);
        let tenant = found.map_or_else(|| format!("number {tenant}"), |(_, name)| name.clone());
        RunName { tenant, id }
    };
    let names = |(number, ids): (i64, Vec<_>)| (number, ids.into_iter().map(name).collect());
    Ok(ids.into_iter().map(names).collect())
}

/// Why a run cannot be read.
fn reason(error: &Error) -> String {
    match error {
        Error::Sqlite(rusqlite::Error::QueryReturnedNoRows) => "its row is missing".to_owned(),
        Error::Sqlite(
            error @ (rusqlite::Error::Utf8Error(..)
            | rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)),
        ) => format!("a value is not one that Runledger writes ({error})"),
        Error::Sqlite(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => {
            format!("a page is damaged ({error})")
        }
        Error::Sqlite(error) => error.to_string(),
        Error::Store(error) => error.report(),
    }
}
