//! What the steps of runs amount to that are merged one by one.

use runledger_store::Fault;
use rusqlite::Connection;

use crate::{
    Result,
    columns::stored_run_id,
    merged_rows::{self, MergedSteps},
    step_rows,
};

/// The runs whose steps amount to something else than is stored; at most `max`.
///
/// # Errors
/// An error of SQLite.
pub fn find_faults(connection: &Connection, max: usize) -> Result<Vec<Fault>> {
    let mut statement = connection.prepare(
        "SELECT merged_run.run, run.id FROM merged_run JOIN run ON run.pk = merged_run.run",
    )?;
    let mut rows = statement.query([])?;
    let mut faults = Vec::new();
    while let Some(row) = rows.next()?
        && faults.len() < max
    {
        let pk = row.get(0)?;
        let mut merged = MergedSteps::default();
        step_rows::list(connection, pk)?.iter().for_each(|step| merged.replace(None, step));
        if merged_rows::find(connection, pk)? != Some(merged) {
            let id = stored_run_id(row, 1)?;
            let message = format!("the sums of the steps of the run {id:?} differ from its steps");
            faults.push(Fault::of_data(message));
        }
    }
    Ok(faults)
}
