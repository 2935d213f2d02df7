//! `cargo xtask openapi`: the OpenAPI documents and what changed in them.

mod base;
mod changelog;
mod check;
mod diff;
mod downlevel;
mod files;
mod generate;
mod generator;
mod lint;
mod report;

use std::{ffi::OsString, io::Write, path::Path, process::ExitCode};

use anyhow::Result;
use clap::Subcommand;

pub use self::generator::{Generator, SchemaFile};
use crate::programs;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
#[command(after_help = "Exit codes: 0 no findings or compatible changes, 1 an error, 2 invalid \
                  arguments, 3 breaking changes, 4 stale files.")]
enum Command {
    /// Generate openapi.json, openapi-3.0.json and the schemas in crates/model/schemas
    Generate,
    /// Check that the generated files are fresh and that the version follows the changes
    Check(check::Arguments),
    /// Write the changes into the section of this version in API-CHANGELOG.md
    Changelog(changelog::Arguments),
    /// Compare two documents: what changed in meaning, how severe it is, and whom it affects
    Diff(diff::Arguments),
    /// Report parts of a document that are invalid, silently misread, or difficult for clients
    Lint(lint::Arguments),
    /// Convert an OpenAPI 3.1 document to 3.0.3, or report what 3.0 cannot express
    Downlevel(downlevel::Arguments),
    /// Generate and check on every save, and show the result beside Swagger UI
    #[command(disable_help_flag = true)]
    Watch {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        arguments: Vec<OsString>,
    },
}

/// Runs a command on the workspace in this folder.
///
/// # Errors
/// Where a file cannot be read or written, or a document is invalid.
pub fn run(
    arguments: &Arguments,
    generator: &Generator,
    root: &Path,
    out: &mut dyn Write,
) -> Result<ExitCode> {
    match &arguments.command {
        Command::Generate => generate::run(generator, root, out),
        Command::Check(arguments) => check::run(arguments, generator, root, out),
        Command::Changelog(arguments) => changelog::run(arguments, generator, root, out),
        Command::Diff(arguments) => diff::run(arguments, generator, root, out),
        Command::Lint(arguments) => lint::run(arguments, root, out),
        Command::Downlevel(arguments) => downlevel::run(arguments, root, out),
        Command::Watch { arguments } => programs::run("openapi-watch", arguments, root),
    }
}

/// `check` with its defaults.
///
/// # Errors
/// Where a file cannot be read.
pub fn check(generator: &Generator, root: &Path, out: &mut dyn Write) -> Result<ExitCode> {
    check::run(&check::Arguments::default(), generator, root, out)
}
