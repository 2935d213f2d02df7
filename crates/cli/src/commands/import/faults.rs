//! Why runs were rejected, equal faults together.

use std::{collections::HashMap, fmt};

use indicatif::HumanCount;

use crate::screen::harmless;

/// The greatest number of different faults that are told apart.
const MAX_FAULTS: usize = 100;
/// The number of lines that are named for each fault.
const MAX_NAMED_LINES: usize = 3;

/// The faults of an input, in the order of their first lines.
#[derive(Default)]
pub struct Faults {
    faults: Vec<Fault>,
    /// The positions of the faults by their kinds.
    positions: HashMap<String, usize>,
    /// Number of runs with a fault that is not among these.
    others: u64,
}

struct Fault {
    /// The reason in the first run that has it.
    reason: String,
    runs: u64,
    first_lines: Vec<u64>,
}

impl Faults {
    /// Adds a run that was rejected.
    pub fn add(&mut self, line: u64, reason: String) {
        let kind = kind(&reason);
        if self.faults.len() == MAX_FAULTS && !self.positions.contains_key(&kind) {
            self.others += 1;
            return;
        }
        let position = *self.positions.entry(kind).or_insert(self.faults.len());
        if position == self.faults.len() {
            self.faults.push(Fault { reason, runs: 0, first_lines: Vec::new() });
        }
        let fault = &mut self.faults[position];
        fault.runs += 1;
        if fault.first_lines.len() < MAX_NAMED_LINES {
            fault.first_lines.push(line);
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
        for Fault { reason, runs, first_lines } in &self.faults {
            let noun = if *runs == 1 { "line" } else { "lines" };
            let lines: Vec<_> = first_lines.iter().map(u64::to_string).collect();
            write!(f, "{noun} {}", lines.join(", "))?;
            let unnamed = runs - first_lines.len() as u64;
            if unnamed > 0 {
                write!(f, " and {} more", HumanCount(unnamed))?;
            }
            writeln!(f, ": {}", harmless(reason))?;
        }
        if self.others > 0 {
            writeln!(f, "{} lines have other faults", HumanCount(self.others))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_faults_are_told_once() {
        let mut faults = Faults::default();
        faults.add(1, "status must be given".to_owned());
        for line in 2..=2000 {
            faults.add(line, format!("steps[{line}].id must be a text, not \"a\\\"{line}\""));
        }
        faults.add(2001, "status must be given".to_owned());
        let expected = "lines 1, 2001: status must be given\n\
                        lines 2, 3, 4 and 1,996 more: steps[2].id must be a text, not \"a\\\"2\"\n";
        assert_eq!((faults.to_string().as_str(), faults.runs()), (expected, 2001));
    }

    #[test]
    fn very_many_different_faults_are_counted() {
        let mut faults = Faults::default();
        for line in 0..150 {
            faults.add(line, "x".repeat(line as usize + 1));
        }
        assert_eq!((faults.to_string().lines().count(), faults.runs()), (101, 150));
        assert!(faults.to_string().ends_with("\n50 lines have other faults\n"));
    }
}
