//! The table of runs whose steps are merged one by one. Their steps have negative positions, are
//! found by id and attempt, and are returned in the order of [`runledger_store::step_order`] after
//! those that keep their places.

use runledger_model::StepExecution;
use rusqlite::{Connection, OptionalExtension, params};

use crate::{Result, checksum::checksum_of_step};

/// What all steps of a run amount to, so that one of them can change without reading the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MergedSteps {
    /// Their number.
    pub count: i64,
    /// Their size as JSON in bytes, without the commas between them.
    pub bytes: i64,
    /// The sum of their checksums.
    pub checksum: u32,
}

impl MergedSteps {
    /// Counts a step that replaces another one, or a new one.
    pub fn replace(&mut self, before: Option<&StepExecution>, after: &StepExecution) {
        let bytes = |step| serde_json::to_vec(step).map_or(0, |json| json.len() as i64);
        match before {
            Some(before) => {
                self.bytes -= bytes(before);
                self.checksum = self.checksum.wrapping_sub(checksum_of_step(before));
            }
            None => self.count += 1,
        }
        self.bytes += bytes(after);
        self.checksum = self.checksum.wrapping_add(checksum_of_step(after));
    }

    /// The position of the next step that is new.
    pub fn next_position(&self) -> i64 {
        -self.count - 1
    }
}

/// What the steps of this run amount to; `None` if they are not merged one by one.
pub fn find(connection: &Connection, run: i64) -> Result<Option<MergedSteps>> {
    let mut statement = connection
        .prepare_cached("SELECT steps, bytes, checksum FROM merged_run WHERE run = ?1")?;
    let found = statement.query_row([run], |row| {
        let checksum: u32 = row.get(2)?;
        Ok(MergedSteps { count: row.get(0)?, bytes: row.get(1)?, checksum })
    });
    Ok(found.optional()?)
}

/// Writes what the steps of a run amount to.
pub fn write(connection: &Connection, run: i64, merged: &MergedSteps) -> Result<()> {
    let MergedSteps { count, bytes, checksum } = merged;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO merged_run (run, steps, bytes, checksum) VALUES (?, ?, ?, ?)",
        )?
        .execute(params![run, count, bytes, checksum])?;
    Ok(())
}

/// Notes that the steps of this run are not merged one by one, or that the run is gone.
pub fn delete(connection: &Connection, run: i64) -> Result<()> {
    connection.prepare_cached("DELETE FROM merged_run WHERE run = ?1")?.execute([run])?;
    Ok(())
}
