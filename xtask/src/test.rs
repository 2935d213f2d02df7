//! `cargo xtask test`: everything that holds this project together, each part named and timed.

use std::{
    path::Path,
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{openapi, validators::Validators};

#[derive(clap::Args)]
pub struct Arguments {
    /// Install what is missing: Debian packages when root, PyPI and npm packages into target/
    #[arg(long)]
    install: bool,
    /// Leave out all that is not Rust
    #[arg(long, conflicts_with = "install")]
    fast: bool,
}

/// Runs every part, also after one has failed, and ends with a table of them.
pub fn run(arguments: &Arguments, root: &Path) -> Result<ExitCode> {
    let mut parts = Parts::default();
    let cargo = |words: &str| {
        let mut command = Command::new(env!("CARGO"));
        command.current_dir(root).args(words.split(' '));
        command
    };
    parts.run("format", || succeed(&mut cargo("fmt --all --check")));
    parts.run("spec is fresh", || {
        let check = openapi::Arguments { check: true };
        let code = openapi::run(&check, root, &mut std::io::stdout())?;
        if code == ExitCode::SUCCESS { Ok(()) } else { bail!("openapi.json is stale") }
    });
    parts.run("clippy", || {
        succeed(&mut cargo("clippy --workspace --all-targets --all-features -- -D warnings"))
    });
    // Benchmarks are no tests: they compile under clippy and run by `cargo xtask bench`.
    parts.run("tests", || {
        succeed(&mut cargo("test --workspace --all-features --lib --bins --tests"))
    });
    if !arguments.fast {
        let validators = Validators::new(root);
        parts.run("validators are here", || validators.ensure(arguments.install));
        for (name, mut command) in validators.commands() {
            parts.run(name, || succeed(&mut command));
        }
    }
    Ok(parts.summary())
}

fn succeed(command: &mut Command) -> Result<()> {
    println!("$ {}", words(command));
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("{program} cannot be started"))?;
    if status.success() { Ok(()) } else { bail!("{status}") }
}

fn words(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    std::iter::once(program)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

/// What was run, how long it took and how it ended.
#[derive(Default)]
struct Parts(Vec<(String, Duration, Option<String>)>);

impl Parts {
    fn run(&mut self, name: &str, work: impl FnOnce() -> Result<()>) {
        println!("\n== {name}");
        let start = Instant::now();
        let failure = work().err().map(|error| format!("{error:#}"));
        if let Some(failure) = &failure {
            println!("{name} failed: {failure}");
        }
        self.0.push((name.to_owned(), start.elapsed(), failure));
    }

    fn summary(&self) -> ExitCode {
        println!("\n== summary");
        for (name, took, failure) in &self.0 {
            let end = failure.as_deref().unwrap_or("ok");
            println!("{:>7.1} s  {name}: {end}", took.as_secs_f64());
        }
        let failed = self.0.iter().filter(|(_, _, failure)| failure.is_some()).count();
        println!("{} passed, {failed} failed", self.0.len() - failed);
        if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
