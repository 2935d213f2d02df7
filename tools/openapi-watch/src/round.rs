//! One round: compile, generate, check, compare and lint.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    process::Output,
    time::Instant,
};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::{
    state::{CommandReport, Failure, State},
    task,
};

/// The document, relative to the workspace.
pub const DOCUMENT: &str = "openapi.json";
/// The commands that report on the document, and a name for the step of each.
const COMMANDS: [(&str, &str); 3] =
    [("check", "checking"), ("diff", "comparing"), ("lint", "linting")];

/// How the program is built that generates and checks the document.
pub struct Builder {
    root: PathBuf,
    /// A command that writes JSON messages as cargo does, one per line. The last `executable` in
    /// them is the program.
    command: Vec<String>,
    base: Option<String>,
}

impl Builder {
    /// Builds xtask with cargo.
    pub fn cargo(root: &Path, base: Option<String>) -> Self {
        let cargo = tools_support::command::cargo().get_program().to_string_lossy().into_owned();
        let arguments = "build --package xtask --message-format json-render-diagnostics";
        let command = std::iter::once(cargo).chain(arguments.split(' ').map(str::to_owned));
        Self::new(root, command.collect(), base)
    }

    /// Builds with another command.
    pub fn new(root: &Path, command: Vec<String>, base: Option<String>) -> Self {
        Self { root: root.to_owned(), command, base }
    }
}

/// Runs a round after the round with the results `last`; calls `report_step` at the beginning of
/// each step.
///
/// # Errors
/// Where a command cannot be started.
pub async fn run(
    builder: &Builder,
    last: &State,
    report_step: &(dyn Fn(&str) + Sync),
) -> Result<State> {
    let start = Instant::now();
    report_step("building");
    let state = match document(builder, report_step).await? {
        Ok((program, document)) => {
            let mut reports = Vec::new();
            for (command, step) in COMMANDS {
                report_step(step);
                reports.push(report(builder, &program, command).await?);
            }
            State { document, reports, ..State::default() }
        }
        Err(failure) => State { failure: Some(failure), activity: None, ..last.clone() },
    };
    Ok(State { seconds: start.elapsed().as_secs_f64(), ..state })
}

/// Builds the program and generates the document; returns the program and the document's identity.
async fn document(
    builder: &Builder,
    report_step: &(dyn Fn(&str) + Sync),
) -> Result<Result<(String, String), Failure>> {
    let (command, arguments) = builder.command.split_first().context("no build command")?;
    let report_line = |line: &str| {
        let step = build_step(line);
        if let Some(step) = &step {
            report_step(step);
        }
        step.is_some()
    };
    let built = task::run(command, arguments, &builder.root, &report_line).await?;
    let Some(program) = executable(&built).filter(|_| built.status.success()) else {
        return Ok(Err(failure("The types do not compile", &built)));
    };
    report_step("generating");
    let arguments = ["openapi", "generate"].map(str::to_owned);
    let generated = task::run(&program, &arguments, &builder.root, &|_| false).await?;
    if !generated.status.success() {
        return Ok(Err(failure("The files cannot be generated", &generated)));
    }
    let text = fs::read(builder.root.join(DOCUMENT))?;
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    Ok(Ok((program, format!("{:016x}", hasher.finish()))))
}

/// The step that a line of cargo's error output reports: `   Compiling serde v1.0.0` and the like.
fn build_step(line: &str) -> Option<String> {
    let (action, rest) = line.trim_start().split_once(' ')?;
    match action {
        _ if !line.starts_with("   ") => None,
        "Compiling" => Some(format!("compiling {}", rest.split(' ').next()?)),
        "Blocking" => Some(rest.to_owned()),
        "Finished" | "Downloading" | "Downloaded" | "Locking" | "Updating" | "Adding" => {
            Some("building".to_owned())
        }
        _ => None,
    }
}

fn executable(built: &Output) -> Option<String> {
    let text = String::from_utf8_lossy(&built.stdout);
    let messages = text.lines().rev().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    messages.filter_map(|message| Some(message["executable"].as_str()?.to_owned())).next()
}

async fn report(builder: &Builder, program: &str, command: &'static str) -> Result<CommandReport> {
    let mut arguments = ["openapi", command, "--format", "json"].map(str::to_owned).to_vec();
    if let Some(base) = builder.base.clone().filter(|_| command != "lint") {
        arguments.extend(["--base".to_owned(), base]);
    }
    let output = task::run(program, &arguments, &builder.root, &|_| false).await?;
    let report: Option<Value> = serde_json::from_slice(&output.stdout).ok();
    let output = if report.is_some() { String::new() } else { error_output(&output) };
    Ok(CommandReport { command, report, output })
}

fn failure(summary: &str, output: &Output) -> Failure {
    Failure { summary: summary.to_owned(), output: error_output(output) }
}

fn error_output(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_read_from_the_status_lines_of_cargo() {
        let step = |line| build_step(line);
        let compiling = "   Compiling runledger-model v0.1.0 (/src/crates/model)";
        assert_eq!(step(compiling).as_deref(), Some("compiling runledger-model"));
        let blocking = "    Blocking waiting for file lock on build directory";
        assert_eq!(step(blocking).as_deref(), Some("waiting for file lock on build directory"));
        for line in ["error: no such type", "   --> src/run.rs:1:1", "    |", "", "Compiling of it"]
        {
            assert_eq!(step(line), None, "{line:?}");
        }
    }
}
