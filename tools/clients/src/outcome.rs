//! One client or tool, taken from its generator to the end of its program.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::{
    environment::Environment,
    manifest::{Kind, Manifest},
    scenario,
};

/// The documented API key, which every demo accepts.
pub const KEY: &str = "your-api-key-here";

/// How far a client or tool got.
pub struct Outcome<'a> {
    /// Its manifest.
    pub manifest: &'a Manifest,
    /// The stages that were run, in order; a stage that failed is the last one.
    pub stages: Vec<Stage>,
}

/// How one stage ended.
pub struct Stage {
    /// Its name, such as `generate`.
    pub name: &'static str,
    /// Its duration.
    pub duration: Duration,
    /// The error, with the output of the tool that failed.
    pub failure: Option<String>,
}

impl<'a> Outcome<'a> {
    /// The outcome before the first stage.
    pub fn new(manifest: &'a Manifest) -> Self {
        Self { manifest, stages: Vec::new() }
    }

    /// Runs a stage, unless one before it has failed.
    pub fn stage(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) {
        if self.failure().is_some() {
            return;
        }
        let start = Instant::now();
        let failure = work().err().map(|error| format!("{error:#}"));
        self.stages.push(Stage { name, duration: start.elapsed(), failure });
    }

    /// The error of the stage that failed.
    pub fn failure(&self) -> Option<&str> {
        self.stages.last().and_then(|stage| stage.failure.as_deref())
    }

    /// Prints a line for each stage.
    pub fn print(&self) {
        for Stage { name, duration, failure } in &self.stages {
            let end = failure.as_deref().unwrap_or("ok");
            println!("{:>7.1} s  {name}: {end}", duration.as_secs_f64());
        }
    }
}

/// Installs what is not installed, generates, compiles and runs against the server at this URL.
pub fn run<'a>(environment: &Environment<'a>, url: &str) -> Outcome<'a> {
    let manifest = environment.manifest;
    let mut outcome = Outcome::new(manifest);
    if !environment.is_installed() {
        outcome.stage("install", || environment.install());
    }
    outcome.stage("generate", || {
        environment.copy_files()?;
        environment.run_lines("generate", &manifest.generate, &[]).map(drop)
    });
    if !manifest.compile.is_empty() {
        outcome.stage("compile", || {
            environment.run_lines("compile", &manifest.compile, &[]).map(drop)
        });
    }
    if !manifest.run.is_empty() {
        outcome.stage("run", || {
            let output = run_program(environment, url)?;
            if manifest.kind == Kind::Client { scenario::check(&output) } else { Ok(()) }
        });
    }
    outcome
}

/// Runs the program against the server at this URL; returns its output.
///
/// # Errors
/// Where it fails, with its output.
pub fn run_program(environment: &Environment, url: &str) -> Result<String> {
    let variables = [("RUNLEDGER_URL", url), ("RUNLEDGER_KEY", KEY)];
    environment.run_lines("run", &environment.manifest.run, &variables)
}
