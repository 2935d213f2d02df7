//! `cargo xtask openapi downlevel`: the OpenAPI 3.0.3 copy of a 3.1 document.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result};
use runledger_contract::{downlevel, to_pretty};

use super::base;

#[derive(clap::Args)]
pub struct Arguments {
    /// OpenAPI 3.1 document [default: openapi.json of this workspace]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Output file [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Writes the copy.
///
/// # Errors
/// Where the document cannot be read or cannot be expressed in 3.0, or the copy cannot be written.
pub fn run(arguments: &Arguments, root: &Path, out: &mut dyn Write) -> Result<ExitCode> {
    let read = base::file(&arguments.file.clone().unwrap_or_else(|| root.join(base::FILE)))?;
    let copy = downlevel(read.document.root()).with_context(|| read.name.clone())?;
    match &arguments.output {
        None => write!(out, "{}", to_pretty(&copy))?,
        Some(path) => std::fs::write(path, to_pretty(&copy))
            .with_context(|| format!("{} cannot be written", path.display()))?,
    }
    Ok(ExitCode::SUCCESS)
}
