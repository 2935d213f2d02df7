//! Whether what is derived from the runs is as they say: the counted index, the newest run of each
//! workflow, the pairs of metadata and the numbers of changes.

use rusqlite::Connection;

use crate::{Result, change_numbers, counted_index, newest, pairs};

/// What is wrong, a sentence for each fault, at most `max`. [`rebuild`] fixes all of it.
pub fn verify(connection: &Connection, max: usize) -> Result<Vec<String>> {
    let mut faults = counted_index::verify(connection, max)?;
    faults.extend(newest::verify(connection, max)?);
    faults.extend(pairs::verify(connection, max)?);
    faults.extend(change_numbers::verify(connection, max)?);
    faults.truncate(max);
    Ok(faults)
}

/// Writes all of it again from the runs. `progress` is called with the number of runs that have
/// been counted and the number of all, now and then.
pub fn rebuild(connection: &Connection, progress: &mut dyn FnMut(u64, u64)) -> Result<()> {
    // The index counts the runs of each pair.
    pairs::rebuild(connection)?;
    counted_index::rebuild(connection, progress)?;
    newest::rebuild(connection)?;
    change_numbers::rebuild(connection)
}
