//! The checksums of runs that have none, because they were copied from an older schema.

use rusqlite::Connection;

use crate::{Result, checksum::checksum, run_rows};

/// The number of runs that are read at a time.
const BATCH_RUNS: usize = 10_000;

/// Writes the checksum of every run that has none and can be read. One that cannot, in a damaged
/// file, must not keep the others from being read.
pub fn fill(connection: &Connection) -> Result<()> {
    let mut last = i64::MIN;
    loop {
        let numbers = without_checksum(connection, last)?;
        for pk in &numbers {
            if let Ok(Some(stored)) = run_rows::find_by_number(connection, *pk) {
                let checksum = i64::from(checksum(&stored.run).cast_signed());
                connection
                    .prepare_cached("UPDATE run SET checksum = ?2 WHERE pk = ?1")?
                    .execute([*pk, checksum])?;
            }
        }
        match numbers.last() {
            Some(pk) if numbers.len() == BATCH_RUNS => last = *pk,
            _ => return Ok(()),
        }
    }
}

/// The numbers above `last` of runs without a checksum.
fn without_checksum(connection: &Connection, last: i64) -> Result<Vec<i64>> {
    let mut statement = connection.prepare_cached(
        "SELECT pk FROM run WHERE checksum IS NULL AND pk > ?1 ORDER BY pk LIMIT ?2",
    )?;
    let numbers = statement.query_map([last, BATCH_RUNS as i64], |row| row.get(0))?;
    Ok(numbers.collect::<rusqlite::Result<_>>()?)
}
