//! One set-up from its generator to its last step.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::{
    manifest::{Kind, SetUp},
    scenario,
    workshop::Workshop,
};

/// The documentation's key, which every demo has.
pub const KEY: &str = "your-api-key-here";

/// What became of a set-up.
pub struct Trial<'a> {
    /// Which one.
    pub set_up: &'a SetUp,
    /// The stages that were gone through, in order; after one that failed there is no other.
    pub stages: Vec<Stage>,
}

/// What became of one stage.
pub struct Stage {
    /// Such as `generate`.
    pub name: &'static str,
    /// How long it took.
    pub took: Duration,
    /// What went wrong, in the words of the tool that failed.
    pub failure: Option<String>,
}

impl<'a> Trial<'a> {
    /// One that has not begun.
    pub fn new(set_up: &'a SetUp) -> Self {
        Self { set_up, stages: Vec::new() }
    }

    /// Goes through a stage, unless one before it has failed.
    pub fn stage(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) {
        if self.failure().is_some() {
            return;
        }
        let begun = Instant::now();
        let failure = work().err().map(|error| format!("{error:#}"));
        self.stages.push(Stage { name, took: begun.elapsed(), failure });
    }

    /// What went wrong.
    pub fn failure(&self) -> Option<&str> {
        self.stages.last().and_then(|stage| stage.failure.as_deref())
    }

    /// Prints how it went.
    pub fn tell(&self) {
        for Stage { name, took, failure } in &self.stages {
            println!(
                "{:>7.1} s  {name}: {}",
                took.as_secs_f64(),
                failure.as_deref().unwrap_or("ok")
            );
        }
    }
}

/// Installs where that is due, generates, compiles and runs.
pub fn run<'a>(set_up: &'a SetUp, workshop: &Workshop, url: &str) -> Trial<'a> {
    let mut trial = Trial::new(set_up);
    if !workshop.is_installed() {
        trial.stage("install", || workshop.install());
    }
    trial.stage("generate", || {
        workshop.lay_out()?;
        workshop.type_lines("generate", &set_up.generate, &[]).map(drop)
    });
    if !set_up.compile.is_empty() {
        trial.stage("compile", || workshop.type_lines("compile", &set_up.compile, &[]).map(drop));
    }
    if !set_up.run.is_empty() {
        trial.stage("run", || {
            let printed = type_run(set_up, workshop, url)?;
            if set_up.kind == Kind::Client { scenario::check(&printed) } else { Ok(()) }
        });
    }
    trial
}

/// Types what runs a set-up, for the server at this address; answers what was printed.
///
/// # Errors
/// Where it fails, with what it said.
pub fn type_run(set_up: &SetUp, workshop: &Workshop, url: &str) -> Result<String> {
    workshop.type_lines("run", &set_up.run, &[("RUNLEDGER_URL", url), ("RUNLEDGER_KEY", KEY)])
}
