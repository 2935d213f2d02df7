//! `cargo xtask openapi lint`: faults of a document.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Result;
use runledger_contract::{Format, Report, lint};

use super::{base, report};

#[derive(clap::Args)]
pub struct Arguments {
    /// OpenAPI document [default: openapi.json of this workspace]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Format of the report
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Reports the faults of a document.
///
/// # Errors
/// Where it cannot be read or is not an OpenAPI document.
pub fn run(arguments: &Arguments, root: &Path, out: &mut dyn Write) -> Result<ExitCode> {
    let read = base::file(&arguments.file.clone().unwrap_or_else(|| root.join(base::FILE)))?;
    let name = if arguments.file.is_none() { base::FILE.to_owned() } else { read.name };
    let findings = lint(&read.document);
    let subject = name.clone();
    let report = Report { subject, file: name, text: read.text, findings, nothing: "clean" };
    report::write(&report, arguments.format, out)
}
