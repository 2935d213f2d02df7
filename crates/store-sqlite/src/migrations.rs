//! The schema and its versions, whose statements are in `migrations/`.

mod checksums;
mod smaller_runs;

use rusqlite::{Connection, TransactionBehavior};

use crate::{Result, header::APPLICATION_ID, pairs, verify};

/// A step from one version of the schema to the next.
struct Migration {
    /// The first statements.
    sql: &'static str,
    /// What the program does then.
    fill: fn(&Connection) -> Result<()>,
    /// The last statements.
    finish: &'static str,
}

impl Migration {
    const fn of(sql: &'static str) -> Self {
        Self { sql, fill: |_| Ok(()), finish: "" }
    }

    fn apply(&self, connection: &Connection) -> Result<()> {
        connection.execute_batch(self.sql)?;
        (self.fill)(connection)?;
        Ok(connection.execute_batch(self.finish)?)
    }
}

/// The steps from an empty file to the newest schema. `user_version` counts those that a file has
/// had.
///
/// SQLite stores the text of each `CREATE` statement, and `check` compares it. The statements of a
/// released migration never change, except for white space.
const MIGRATIONS: &[Migration] = &[
    Migration::of(include_str!("../migrations/0001_runs.sql")),
    Migration::of(include_str!("../migrations/0002_key_details.sql")),
    Migration::of(include_str!("../migrations/0003_counted_index.sql")),
    Migration {
        sql: include_str!("../migrations/0004_changes.sql"),
        fill: smaller_runs::copy,
        finish: include_str!("../migrations/0004_changes_indexes.sql"),
    },
    Migration::of(include_str!("../migrations/0005_attempts.sql")),
    Migration {
        sql: include_str!("../migrations/0006_pairs_by_hash.sql"),
        fill: |connection| {
            pairs::copy_older(connection)?;
            checksums::fill(connection)
        },
        finish: include_str!("../migrations/0006_pairs_by_hash_index.sql"),
    },
];

/// `INCREMENTAL`: the file is shortened when it is asked to be.
pub const AUTO_VACUUM: i32 = 2;

/// The version of the newest schema.
pub const NEWEST: i32 = MIGRATIONS.len() as i32;

/// The first version that has everything that is derived from the runs. From it on, a migration
/// keeps what is derived.
const FIRST_DERIVED: u16 = 4;

/// Brings a file to the newest schema in one transaction.
///
/// # Errors
/// An error of SQLite; the file is unchanged then.
pub fn migrate(connection: &mut Connection) -> Result<()> {
    let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
    let is_new = pages == 0;
    let behavior =
        if is_new { TransactionBehavior::Deferred } else { TransactionBehavior::Immediate };
    let transaction = connection.transaction_with_behavior(behavior)?;
    if is_new {
        // Must be the first to write to the file, and not in a transaction of its own, which would
        // leave a file that is not marked as ours.
        transaction.pragma_update(None, "auto_vacuum", AUTO_VACUUM)?;
    }
    let version: u16 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if i32::from(version) == NEWEST {
        return Ok(());
    }
    if version > 0 {
        tracing::warn!("migrating the database to schema {NEWEST}; it is safe to interrupt this");
    }
    for migration in MIGRATIONS.iter().skip(version.into()) {
        migration.apply(&transaction)?;
    }
    if (1..FIRST_DERIVED).contains(&version) {
        verify::rebuild(&transaction, &mut |counted, runs| {
            tracing::warn!("migrating: {counted} of {runs} runs are counted");
        })?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", NEWEST)?;
    Ok(transaction.commit()?)
}

/// Creates the newest schema in an empty database, for a comparison.
///
/// # Errors
/// An error of SQLite.
pub fn create(connection: &Connection) -> Result<()> {
    MIGRATIONS.iter().try_for_each(|migration| migration.apply(connection))
}

/// Writes the page that holds the version, without a change.
///
/// # Errors
/// An error of SQLite.
pub fn rewrite_version(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "user_version", NEWEST)
}
