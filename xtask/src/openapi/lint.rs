//! `cargo xtask openapi lint`: what is wrong with a document.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Result;
use runledger_contract::{Format, Report, lint};

use super::{base, finish};

#[derive(clap::Args)]
pub struct Arguments {
    /// The document [default: openapi.json of this workspace]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// How the findings are written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Holds a document to the rules; ends with 1 where it is invalid or silently misread.
///
/// # Errors
/// Where it cannot be read or understood.
pub fn run(arguments: &Arguments, root: &Path, out: &mut dyn Write) -> Result<ExitCode> {
    let read = base::file(&arguments.file.clone().unwrap_or_else(|| root.join(base::FILE)))?;
    let name = if arguments.file.is_none() { base::FILE.to_owned() } else { read.name };
    let findings = lint(&read.document);
    let subject = name.clone();
    let report = Report { subject, file: name, text: read.text, findings, nothing: "clean" };
    finish(&report, arguments.format, out)
}
