//! `cargo xtask openapi diff`: what changed in meaning, and whom it affects.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Result;
use runledger_contract::{Format, Report, diff};

use super::{Generator, base, report};

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    base: base::Argument,
    /// Newer document [default: what the types and routes generate]
    #[arg(long, value_name = "FILE")]
    new: Option<PathBuf>,
    /// Format of the report
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Compares two documents.
///
/// # Errors
/// Where one of them does not exist, cannot be read or is not an OpenAPI document.
pub fn run(
    arguments: &Arguments,
    generator: &Generator,
    root: &Path,
    out: &mut dyn Write,
) -> Result<ExitCode> {
    let old = base::find(&arguments.base, root)?;
    let new = match &arguments.new {
        Some(path) => base::file(path)?,
        None => base::working_tree(generator)?,
    };
    let findings = diff(&old.document, &new.document);
    let nothing = if old.document.root() == new.document.root() {
        "no change"
    } else {
        "no change of meaning (only descriptions, examples or order)"
    };
    let subject = format!("{} against {}", new.name, old.name);
    report::write(
        &Report { subject, file: new.name, text: new.text, findings, nothing },
        arguments.format,
        out,
    )
}
