//! The parts of a test run, each timed.

use std::{
    process::ExitCode,
    time::{Duration, SystemTime},
};

use anyhow::Result;

/// A part that has ended.
pub struct Part {
    /// Its name.
    pub name: String,
    /// When it started.
    pub started_at: SystemTime,
    /// When it ended.
    pub finished_at: SystemTime,
    /// Its error.
    pub failure: Option<String>,
}

impl Part {
    /// From its start to its end; zero where the clock was set back meanwhile.
    fn duration(&self) -> Duration {
        self.finished_at.duration_since(self.started_at).unwrap_or_default()
    }
}

/// The parts that have ended, in the order in which they ran.
#[derive(Default)]
pub struct Parts(pub Vec<Part>);

impl Parts {
    /// Runs a part; its error does not end the test run.
    pub fn run(&mut self, name: &str, work: impl FnOnce() -> Result<()>) {
        println!("\n== {name}");
        let started_at = SystemTime::now();
        let failure = work().err().map(|error| format!("{error:#}"));
        if let Some(failure) = &failure {
            println!("{name} failed: {failure}");
        }
        let finished_at = SystemTime::now();
        self.0.push(Part { name: name.to_owned(), started_at, finished_at, failure });
    }

    /// Prints a line for each part and a last line with the counts.
    pub fn summary(&self) -> ExitCode {
        println!("\n== summary");
        for part in &self.0 {
            let seconds = part.duration().as_secs_f64();
            let outcome = part.failure.as_deref().unwrap_or("ok");
            println!("{seconds:>7.1} s  {}: {outcome}", part.name);
        }
        let failed = self.0.iter().filter(|part| part.failure.is_some()).count();
        println!("{} passed, {failed} failed", self.0.len() - failed);
        if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    #[test]
    fn a_part_that_fails_fails_the_test_run_and_the_next_part_still_runs() {
        let mut parts = Parts::default();
        parts.run("first", || bail!("broken"));
        parts.run("second", || Ok(()));
        assert_eq!(parts.0[0].failure.as_deref(), Some("broken"));
        assert_eq!(parts.0[1].failure, None);
        assert_eq!(parts.summary(), ExitCode::FAILURE);
        parts.0.remove(0);
        assert_eq!(parts.summary(), ExitCode::SUCCESS);
    }
}
