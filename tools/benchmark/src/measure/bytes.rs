//! Bytes on disk.

use anyhow::Result;
use rusqlite::{Connection, OpenFlags};

use crate::data::{Ledger, STEPS};

/// The bytes of the file, which has no free pages.
pub struct Bytes {
    /// All of it but the steps, divided by the number of runs.
    pub per_run: f64,
    /// The steps, divided by their number.
    pub per_step: f64,
    /// Each table and index, and its bytes divided by the number of runs; the largest first.
    pub parts: Vec<(String, f64)>,
}

/// Reads how many bytes the tables and indexes have.
///
/// # Errors
/// An error of SQLite.
pub fn bytes(ledger: &Ledger) -> Result<Bytes> {
    let connection = Connection::open_with_flags(&ledger.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut statement = connection.prepare(
        "SELECT name, pgsize FROM dbstat WHERE aggregate = TRUE ORDER BY pgsize DESC, name",
    )?;
    let parts = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let parts: Vec<(String, i64)> = parts.collect::<rusqlite::Result<_>>()?;
    let runs = ledger.data.runs as f64;
    let sum = |of_steps: bool| {
        let parts = parts.iter().filter(|(name, _)| name.starts_with("step") == of_steps);
        parts.map(|(_, bytes)| *bytes as f64).sum::<f64>()
    };
    Ok(Bytes {
        per_run: sum(false) / runs,
        per_step: sum(true) / (runs * STEPS as f64),
        parts: parts.into_iter().map(|(name, bytes)| (name, bytes as f64 / runs)).collect(),
    })
}
