//! The table that is printed: a row for each load.

use std::fmt;

use crate::{
    load::{Load, Outcome},
    scale::Scale,
};

/// The longest time that the probe may wait at full scale, in milliseconds.
const MAX_WAIT_MS: f64 = 1000.0;

/// How the server did under a load.
#[derive(Clone, Copy, PartialEq)]
pub enum Verdict {
    /// It kept to all limits.
    Passed,
    /// Its process ended.
    Ended,
    /// A request of the probe failed.
    ProbeFailed,
    /// A request of the probe took too long.
    ProbeWaited,
    /// It used too much memory.
    Memory,
}

impl Verdict {
    /// Judges an outcome, the worst fault first.
    pub fn of(outcome: &Outcome, is_alive: bool, scale: Scale) -> Self {
        if !is_alive {
            Self::Ended
        } else if outcome.errors > 0 {
            Self::ProbeFailed
        } else if scale.full && outcome.longest_ms > MAX_WAIT_MS {
            Self::ProbeWaited
        } else if outcome.peak_bytes > scale.max_memory_bytes {
            Self::Memory
        } else {
            Self::Passed
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passed => "passed",
            Self::Ended => "the server ended",
            Self::ProbeFailed => "a request of the probe failed",
            Self::ProbeWaited => "the probe waited too long",
            Self::Memory => "too much memory",
        })
    }
}

/// Prints the head of the table.
pub fn print_header() {
    println!(
        "| load | connections | probe median, ms | probe longest, ms | probe errors \
         | peak memory, MB | anonymous memory, MB | verdict |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |"
    );
}

/// A row of the table.
pub struct Row<'a> {
    /// The load.
    pub load: &'a Load,
    /// What was measured under it.
    pub outcome: &'a Outcome,
    /// How the server did.
    pub verdict: Verdict,
}

impl Row<'_> {
    /// Prints the row.
    pub fn print(&self) {
        let Self { load, outcome, verdict } = self;
        let Outcome { median_ms, longest_ms, errors, peak_bytes, anonymous_bytes } = outcome;
        println!(
            "| {} | {} | {median_ms:.1} | {longest_ms:.1} | {errors} | {:.0} | {:.0} | {verdict} |",
            load.name,
            load.connections(),
            *peak_bytes as f64 / 1e6,
            *anonymous_bytes as f64 / 1e6,
        );
    }
}
