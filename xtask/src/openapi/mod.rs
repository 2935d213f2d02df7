//! `cargo xtask openapi`: change a type, and see what became of the contract.

mod base;
mod changelog;
mod check;
mod diff;
mod downlevel;
mod files;
mod generate;
mod lint;
mod watch;

use std::{io::Write, path::Path, process::ExitCode};

use anyhow::Result;
use clap::Subcommand;
use runledger_contract::{Format, Level, Report};

/// The exit code for what was found, the worst first.
const BREAKING: u8 = 3;
/// The exit code for files that do not follow the types.
const STALE: u8 = 4;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
#[command(
    after_help = "Exit codes: 0 clean or compatible, 1 a failure, 2 wrong usage, 3 breaking, 4 stale."
)]
enum Command {
    /// Write openapi.json, openapi-3.0.json and the JSON Schemas of crates/model/schemas from the types and routes
    Generate,
    /// Fail where a file does not follow the types and routes, or the version the changes; write nothing
    Check(check::Arguments),
    /// Write what changed as prose for people, into the section of this version in API-CHANGELOG.md
    Changelog(changelog::Arguments),
    /// Say what changed in meaning between two documents, how bad it is, and for whom
    Diff(diff::Arguments),
    /// Say what is wrong with a document: what is invalid, what is silently misread, and what clients suffer from
    Lint(lint::Arguments),
    /// Print the 3.0.3 copy of a document, or say what 3.0 cannot say
    Downlevel(downlevel::Arguments),
    /// Generate on every save, and show at once what became of the contract, with Swagger UI on the fresh document
    Watch(watch::Arguments),
}

/// Runs one of the commands on the workspace in this folder.
///
/// # Errors
/// Where something cannot be read, written or understood.
pub fn run(arguments: &Arguments, root: &Path, out: &mut dyn Write) -> Result<ExitCode> {
    match &arguments.command {
        Command::Generate => generate::run(root, out),
        Command::Check(arguments) => check::run(arguments, root, out),
        Command::Changelog(arguments) => changelog::run(arguments, root, out),
        Command::Diff(arguments) => diff::run(arguments, root, out),
        Command::Lint(arguments) => lint::run(arguments, root, out),
        Command::Downlevel(arguments) => downlevel::run(arguments, root, out),
        Command::Watch(arguments) => watch::run(arguments, root),
    }
}

/// `check` with its defaults.
///
/// # Errors
/// Where a file cannot be read.
pub fn check(root: &Path, out: &mut dyn Write) -> Result<ExitCode> {
    check::run(&check::Arguments::by_default(), root, out)
}

/// Writes the findings and says with which code to end.
fn finish(report: &Report, format: Format, out: &mut dyn Write) -> Result<ExitCode> {
    report.write(format, out)?;
    Ok(match report.worst() {
        Some(Level::Error) => ExitCode::FAILURE,
        Some(Level::Breaking) => ExitCode::from(BREAKING),
        _ => ExitCode::SUCCESS,
    })
}
