//! `cargo xtask openapi diff`: what changed in meaning, and for whom.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Result;
use runledger_contract::{Format, Report, diff};

use super::{base, finish};

#[derive(clap::Args)]
pub struct Arguments {
    /// The older document: a file, or a commit that has openapi.json [default: where this branch left the main branch]
    #[arg(long, value_name = "REV|FILE")]
    base: Option<String>,
    /// The newer document [default: what the types and routes say]
    #[arg(long, value_name = "FILE")]
    new: Option<PathBuf>,
    /// How the findings are written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Compares two documents; ends with 3 where the newer one breaks somebody's program.
///
/// # Errors
/// Where one of them cannot be found, read or understood.
pub fn run(arguments: &Arguments, root: &Path, out: &mut dyn Write) -> Result<ExitCode> {
    let old = base::find(arguments.base.as_deref(), root)?;
    let new = match &arguments.new {
        Some(path) => base::file(path)?,
        None => base::working_tree()?,
    };
    let findings = diff(&old.document, &new.document);
    let nothing = if old.document.root() == new.document.root() {
        "no change"
    } else {
        "no change of meaning (words, examples or the order of things only)"
    };
    let subject = format!("{} against {}", new.name, old.name);
    finish(
        &Report { subject, file: new.name, text: new.text, findings, nothing },
        arguments.format,
        out,
    )
}
