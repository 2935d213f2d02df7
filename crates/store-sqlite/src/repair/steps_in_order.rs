//! Runs whose steps cannot be found, but can be read in the order of the table.
//!
//! The search for a run's steps compares other rows on its way, and SQLite reads such a row whole.
//! If the end of a long error text is damaged, the search for the runs around it fails as well.
//! Reading in the order of the table compares nothing.

use std::collections::BTreeSet;

use runledger_model::StepExecution;
use rusqlite::Connection;

use crate::{
    Result,
    error::Error,
    step_rows,
    stored_runs::{self, ReadRun},
};

/// Calls `visit` with each of these runs that is whole with its steps as they are read in the order
/// of the table, from both ends to a damaged page. Returns the numbers of the others, and of those
/// for which `visit` returned false.
///
/// # Errors
/// Those of `visit`, and an error of SQLite that is not due to damage.
pub fn visit(
    from: &Connection,
    numbers: BTreeSet<i64>,
    visit: &mut dyn FnMut(ReadRun) -> Result<bool>,
) -> Result<BTreeSet<i64>> {
    let mut runs = Runs { from, left: numbers, current: None, steps: Vec::new(), visit };
    for direction in [Direction::Forward, Direction::Backward] {
        if !runs.left.is_empty() {
            read_all(from, direction, &mut runs)?;
        }
    }
    // Those without steps.
    for number in runs.left.clone() {
        runs.finish(number, Vec::new())?;
    }
    Ok(runs.left)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Forward,
    Backward,
}

/// Reads the steps in one direction up to a damaged page, without the rows that are damaged.
fn read_all(from: &Connection, direction: Direction, runs: &mut Runs<'_>) -> Result<()> {
    let order = match direction {
        Direction::Forward => "run, position",
        Direction::Backward => "run DESC, position DESC",
    };
    let readable = count_readable(from, order)?;
    let columns = step_rows::COLUMNS;
    let sql = format!("SELECT {columns}, run FROM step ORDER BY {order} LIMIT -1 OFFSET ?1");
    let mut statement = from.prepare(&sql)?;
    let mut done = 0_i64;
    while done < readable {
        let mut rows = statement.query([done])?;
        let read: Result<()> = loop {
            match rows.next() {
                Ok(Some(row)) => {
                    // One whose values no step can have is missing in its run, which is not whole.
                    if let (Ok(run), Ok(step)) = (row.get("run"), step_rows::step(row)) {
                        runs.add(run, step, direction)?;
                    }
                }
                Ok(None) => break Ok(()),
                Err(error) => break Err(error.into()),
            }
            done += 1;
        };
        match read {
            Err(error) if !error.is_damage() => return Err(error),
            // The next row cannot be read.
            Err(_) => done += 1,
            Ok(()) => break,
        }
    }
    runs.end(direction)
}

/// The number of rows up to a damaged page. Rows whose ends are damaged count.
fn count_readable(from: &Connection, order: &str) -> Result<i64> {
    let mut statement = from.prepare(&format!("SELECT run FROM step ORDER BY {order}"))?;
    let mut rows = statement.query([])?;
    let mut count = 0;
    loop {
        match rows.next().map_err(Error::from) {
            Ok(Some(_)) => count += 1,
            Ok(None) => return Ok(count),
            Err(error) if error.is_damage() => return Ok(count),
            Err(error) => return Err(error),
        }
    }
}

/// The runs that are put together from their steps.
struct Runs<'a> {
    from: &'a Connection,
    /// The runs that were not visited, or for which `visit` returned false.
    left: BTreeSet<i64>,
    /// The run whose steps are read.
    current: Option<i64>,
    steps: Vec<StepExecution>,
    visit: &'a mut dyn FnMut(ReadRun) -> Result<bool>,
}

impl Runs<'_> {
    fn add(&mut self, run: i64, step: StepExecution, direction: Direction) -> Result<()> {
        if self.current != Some(run) {
            self.end(direction)?;
            self.current = Some(run);
        }
        if self.left.contains(&run) {
            self.steps.push(step);
        }
        Ok(())
    }

    /// The current run has no more steps.
    fn end(&mut self, direction: Direction) -> Result<()> {
        let mut steps = std::mem::take(&mut self.steps);
        if direction == Direction::Backward {
            steps.reverse();
        }
        match self.current.take() {
            Some(number) if self.left.contains(&number) => self.finish(number, steps),
            _ => Ok(()),
        }
    }

    fn finish(&mut self, number: i64, steps: Vec<StepExecution>) -> Result<()> {
        match stored_runs::read_with_steps(self.from, number, steps) {
            Ok(Some(run)) => {
                if (self.visit)(run)? {
                    self.left.remove(&number);
                }
                Ok(())
            }
            Err(error) if !error.is_damage() => Err(error),
            _ => Ok(()),
        }
    }
}
