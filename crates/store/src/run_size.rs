//! The size of a run, and the limit on it.

use std::io::{self, Write};

use runledger_model::WorkflowRunDetail;
use serde::Serialize;

use crate::Refused;

/// The size of a run in the form in which it is returned, so that what is recorded within a limit
/// can be sent back within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunSize {
    /// The number of its steps.
    pub steps: usize,
    /// The size of all of it as JSON, in bytes.
    pub bytes: usize,
}

impl RunSize {
    /// That of a run with all its steps.
    pub fn of(run: &WorkflowRunDetail) -> Self {
        Self { steps: run.steps.len(), bytes: json_bytes(run) }
    }

    /// Checks that a run may be changed to this size. One that is larger than permitted already,
    /// since it was recorded under a larger limit, may be changed by what adds no steps. `before`
    /// is its size until now; `None`: it is new.
    ///
    /// # Errors
    /// [`Refused::TooLarge`].
    pub fn check(
        self,
        max_bytes: usize,
        before: impl FnOnce() -> Option<Self>,
    ) -> Result<(), Refused> {
        let was_larger = || {
            before().is_some_and(|before| before.bytes > max_bytes && self.steps <= before.steps)
        };
        if self.bytes <= max_bytes || was_larger() {
            return Ok(());
        }
        Err(Refused::TooLarge { bytes: self.bytes })
    }
}

/// The size of a value as JSON, in bytes.
pub fn json_bytes(value: &impl Serialize) -> usize {
    let mut length = Length(0);
    // What cannot be serialized is refused where it is written.
    match serde_json::to_writer(&mut length, value) {
        Ok(()) => length.0,
        Err(_) => 0,
    }
}

/// Counts what is written.
struct Length(usize);

impl Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use runledger_model::examples;

    use super::*;

    #[test]
    fn a_run_that_is_too_large_already_may_not_get_steps() {
        let size = |steps, bytes| RunSize { steps, bytes };
        let refused = |bytes| Err(Refused::TooLarge { bytes });
        for (before, after, expected) in [
            (None, size(9, 100), Ok(())),
            (None, size(1, 101), refused(101)),
            (Some(size(1, 100)), size(1, 101), refused(101)),
            (Some(size(1, 101)), size(1, 150), Ok(())),
            (Some(size(1, 101)), size(2, 150), refused(150)),
            (Some(size(1, 101)), size(2, 100), Ok(())),
        ] {
            assert_eq!(after.check(100, || before), expected, "{before:?} {after:?}");
        }
    }

    #[test]
    fn the_size_is_that_of_the_json() {
        let run = examples::execution();
        let bytes = serde_json::to_vec(&run).unwrap().len();
        assert_eq!(RunSize::of(&run), RunSize { steps: 2, bytes });
    }
}
