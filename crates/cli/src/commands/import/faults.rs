//! Why runs were rejected, equal faults together.

use std::{collections::HashMap, fmt};

use indicatif::HumanCount;

use super::position::Position;
use crate::screen::harmless;

/// The greatest number of different faults that are told apart.
const MAX_FAULTS: usize = 100;
/// The number of positions that are named for each fault.
const MAX_NAMED: usize = 3;

/// The faults of an input, in the order in which they come first.
#[derive(Default)]
pub struct Faults {
    faults: Vec<Fault>,
    /// The indexes of the faults by their kinds.
    indexes: HashMap<String, usize>,
    /// Number of runs with a fault that is not among these.
    others: u64,
}

struct Fault {
    /// The reason in the first run that has it.
    reason: String,
    runs: u64,
    first_positions: Vec<Position>,
}

impl Faults {
    /// Adds a run that was rejected.
    pub fn add(&mut self, position: Position, reason: String) {
        let kind = kind(&reason);
        if self.faults.len() == MAX_FAULTS && !self.indexes.contains_key(&kind) {
            self.others += 1;
            return;
        }
        let index = *self.indexes.entry(kind).or_insert(self.faults.len());
        if index == self.faults.len() {
            self.faults.push(Fault { reason, runs: 0, first_positions: Vec::new() });
        }
        let fault = &mut self.faults[index];
        fault.runs += 1;
        if fault.first_positions.len() < MAX_NAMED {
            fault.first_positions.push(position);
        }
    }

    /// Number of runs that were rejected.
    pub fn runs(&self) -> u64 {
        self.others + self.faults.iter().map(|fault| fault.runs).sum::<u64>()
    }
}

/// The reason without numbers, such as columns and the positions of steps, and without quoted
/// values, which differ although the fault is the same.
fn kind(reason: &str) -> String {
    // A quote in a value is escaped, so that it is no quote here.
    let reason = reason.replace("\\\"", "");
    let parts: String = reason.split('"').step_by(2).collect();
    parts.replace(|c: char| c.is_ascii_digit(), "")
}

/// A line for each fault.
impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Fault { reason, runs, first_positions } in &self.faults {
            let is_in_array = first_positions.iter().any(|position| position.element.is_some());
            let noun = if is_in_array { "element" } else { "line" };
            let plural = if *runs == 1 { "" } else { "s" };
            let positions: Vec<_> = first_positions.iter().map(Position::to_string).collect();
            write!(f, "{noun}{plural} {}", positions.join(", "))?;
            let unnamed = runs - first_positions.len() as u64;
            if unnamed > 0 {
                write!(f, " and {} more", HumanCount(unnamed))?;
            }
            writeln!(f, ": {}", harmless(reason))?;
        }
        if self.others > 0 {
            writeln!(f, "{} runs have other faults", HumanCount(self.others))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(line: u64) -> Position {
        Position { line, element: None }
    }

    #[test]
    fn equal_faults_are_told_once() {
        let mut faults = Faults::default();
        faults.add(line(1), "status must be given".to_owned());
        for n in 2..=2000 {
            faults.add(line(n), format!("steps[{n}].id must be a text, not \"a\\\"{n}\""));
        }
        faults.add(line(2001), "status must be given".to_owned());
        let expected = "lines 1, 2001: status must be given\n\
                        lines 2, 3, 4 and 1,996 more: steps[2].id must be a text, not \"a\\\"2\"\n";
        assert_eq!((faults.to_string().as_str(), faults.runs()), (expected, 2001));
    }

    #[test]
    fn the_elements_of_an_array_are_named() {
        let mut faults = Faults::default();
        for (line, element) in [(1, 2), (1, 5), (8, 9), (9, 10)] {
            let position = Position { line, element: Some(element) };
            faults.add(position, "status must be given".to_owned());
        }
        let expected = "elements 2, 5, 9 (line 8) and 1 more: status must be given\n";
        assert_eq!(faults.to_string(), expected);
    }

    #[test]
    fn very_many_different_faults_are_counted() {
        let mut faults = Faults::default();
        for n in 0..150 {
            faults.add(line(n), "x".repeat(n as usize + 1));
        }
        assert_eq!((faults.to_string().lines().count(), faults.runs()), (101, 150));
        assert!(faults.to_string().ends_with("\n50 runs have other faults\n"));
    }
}
