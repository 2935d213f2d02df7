//! Whether every run can be read, with its steps.

use std::collections::BTreeMap;

use runledger_store::{Fault, RunName};
use rusqlite::{Connection, ErrorCode};

use crate::{
    Result,
    error::Error,
    stored_runs::{self, WrongChecksum},
    tenants,
};

/// The greatest number of unreadable runs that are reported each.
const MAX_REPORTED: usize = 1000;

/// The runs that cannot be read, or are missing: a fault for each.
///
/// # Errors
/// An error of SQLite that is not due to damage of the runs.
pub fn find_faults(connection: &Connection) -> Result<Vec<Fault>> {
    let mut unreadable = BTreeMap::new();
    stored_runs::visit(connection, &mut |number, read| {
        if let Err(error) = read {
            unreadable.insert(number, reason(&error));
        }
        Ok(())
    })?;
    let mut names = names(connection, unreadable.keys().copied())?;
    let reported = unreadable.iter().take(MAX_REPORTED).map(|(number, reason)| {
        let name = names.remove(number);
        let run = match &name {
            Some(name) => name.to_string(),
            None => format!("the run with the row number {number}, whose id is unknown,"),
        };
        let message = format!("{run} cannot be read: {reason}");
        Fault { lost_run: name, ..Fault::of_data(message) }
    });
    let mut faults: Vec<_> = reported.collect();
    if unreadable.len() > MAX_REPORTED {
        let others = unreadable.len() - MAX_REPORTED;
        faults.push(Fault::of_data(format!("{others} further runs cannot be read")));
    }
    Ok(faults)
}

/// The names of the runs with these numbers, those that can be found.
///
/// # Errors
/// An error of SQLite that is not due to damage.
pub fn names(
    connection: &Connection,
    numbers: impl IntoIterator<Item = i64>,
) -> Result<BTreeMap<i64, RunName>> {
    let ids = stored_runs::ids(connection, numbers.into_iter().collect())?;
    let tenants = tenants::list(connection).unwrap_or_default();
    let name = |(number, (tenant, id))| {
        let found = tenants.iter().find(|(known, _)| known.0 == tenant);
        let tenant = found.map_or_else(|| format!("number {tenant}"), |(_, name)| name.clone());
        (number, RunName { tenant, id })
    };
    Ok(ids.into_iter().map(name).collect())
}

/// Why a run cannot be read.
fn reason(error: &Error) -> String {
    match error {
        Error::Sqlite(rusqlite::Error::QueryReturnedNoRows) => "its row is missing".to_owned(),
        Error::Sqlite(rusqlite::Error::FromSqlConversionFailure(_, _, cause))
            if cause.is::<WrongChecksum>() =>
        {
            cause.to_string()
        }
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
