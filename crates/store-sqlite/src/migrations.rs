//! The schema and its versions, a file for each in `migrations/`.

use rusqlite::{Connection, TransactionBehavior};

use crate::{Result, counted_index, header::APPLICATION_ID};

/// The steps from an empty file to the newest schema. `user_version` counts those that a file has
/// had.
///
/// SQLite stores the text of each `CREATE` statement, and `check` compares it. The statements of a
/// released migration never change, except for white space.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_runs.sql"),
    include_str!("../migrations/0002_key_details.sql"),
    include_str!("../migrations/0003_counted_index.sql"),
];
/// The version whose counts are computed by the program.
const COUNTED_INDEX: u16 = 3;

/// The version of the newest schema.
pub const NEWEST: i32 = MIGRATIONS.len() as i32;

/// Brings a file to the newest schema in one transaction.
///
/// # Errors
/// An error of SQLite; the file is unchanged then.
pub fn migrate(connection: &mut Connection) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: u16 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for migration in MIGRATIONS.iter().skip(version.into()) {
        transaction.execute_batch(migration)?;
    }
    if (1..COUNTED_INDEX).contains(&version) {
        tracing::warn!("migrating the database to schema {NEWEST}; it is safe to interrupt this");
        counted_index::rebuild(&transaction, &mut |counted, runs| {
            tracing::warn!("migrating: {counted} of {runs} runs are counted");
        })?;
    }
    if i32::from(version) < NEWEST {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", NEWEST)?;
    }
    Ok(transaction.commit()?)
}

/// Creates the newest schema in an empty database, for a comparison.
///
/// # Errors
/// An error of SQLite.
pub fn create(connection: &Connection) -> rusqlite::Result<()> {
    MIGRATIONS.iter().try_for_each(|migration| connection.execute_batch(migration))
}

/// Writes the page that holds the version, without a change.
///
/// # Errors
/// An error of SQLite.
pub fn rewrite_version(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "user_version", NEWEST)
}
