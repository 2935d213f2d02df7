//! `cargo xtask test`: everything that holds this project together, each part named and timed.

use std::{path::Path, process::ExitCode};

use anyhow::{Result, bail};
use runledger_model::{Seconds, Timestamp};
use tools_support::{command::run, machine::ensure_rust};

use crate::{
    browser, clients, licences, oasdiff, openapi, record::record, validators::Validators, walk,
};

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
pub fn run_all(arguments: &Arguments, root: &Path) -> Result<ExitCode> {
    let mut parts = Parts::default();
    let cargo = |words: &str| {
        let mut command = tools_support::command::cargo();
        command.current_dir(root).args(words.split(' '));
        command
    };
    parts.run("rustfmt and clippy are here", ensure_rust);
    parts.run("format", || run(&mut cargo("fmt --all --check")));
    parts.run("the contract's files are fresh", || {
        let code = openapi::check(root, &mut std::io::stdout())?;
        if code == ExitCode::SUCCESS { Ok(()) } else { bail!("see above") }
    });
    parts.run("clippy", || {
        run(&mut cargo("clippy --workspace --all-targets --all-features -- -D warnings"))
    });
    parts.run("licences", || licences::check(&licences::metadata(root)?.packages));
    // Benchmarks are no tests: cargo leaves them out here, and clippy compiles them.
    parts.run("tests", || run(&mut cargo("test --workspace --all-features --no-fail-fast")));
    if !arguments.fast {
        parts.run("the walk of CONTRIBUTING.md", || walk::run(root).map(drop));
        let validators = Validators::new(root);
        parts.run("validators are here", || validators.ensure(arguments.install));
        for (name, mut command) in validators.commands() {
            parts.run(name, || run(&mut command));
        }
        parts.run("clients", || clients::core(arguments.install, root));
        parts.run("against oasdiff", || oasdiff::core(arguments.install, root));
        let picture = root.join("target/swagger-ui.png");
        parts.run("Swagger UI in a browser", || {
            browser::swagger_ui(root, &validators.node_modules(), &picture)
        });
        let picture = root.join("target/watch.png");
        parts.run("openapi watch in a browser", || {
            browser::watch(root, &validators.node_modules(), &picture)
        });
    }
    if let Err(error) = record(&parts.0, root) {
        println!("not recorded: {error:#}");
    }
    Ok(parts.summary())
}

/// What was run, when, and how it ended.
pub struct Part {
    /// What it is called.
    pub name: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// What went wrong.
    pub failure: Option<String>,
}

#[derive(Default)]
struct Parts(Vec<Part>);

impl Parts {
    fn run(&mut self, name: &str, work: impl FnOnce() -> Result<()>) {
        println!("\n== {name}");
        let started_at = Timestamp::now();
        let failure = work().err().map(|error| format!("{error:#}"));
        if let Some(failure) = &failure {
            println!("{name} failed: {failure}");
        }
        let finished_at = Timestamp::now();
        self.0.push(Part { name: name.to_owned(), started_at, finished_at, failure });
    }

    fn summary(&self) -> ExitCode {
        println!("\n== summary");
        for Part { name, started_at, finished_at, failure } in &self.0 {
            let end = failure.as_deref().unwrap_or("ok");
            let took = Seconds::between(*started_at, *finished_at).micros() as f64 / 1e6;
            println!("{took:>7.1} s  {name}: {end}");
        }
        let failed = self.0.iter().filter(|part| part.failure.is_some()).count();
        println!("{} passed, {failed} failed", self.0.len() - failed);
        if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failure_fails_the_whole_and_hides_nothing() {
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
