//! `cargo xtask openapi generate`: the files follow the types.

use std::{io::Write, path::Path, process::ExitCode};

use anyhow::Result;

use super::files::{generated, write_file};

/// Writes the files that do not follow the types and routes.
pub fn run(root: &Path, out: &mut dyn Write) -> Result<ExitCode> {
    for file in generated()? {
        let state = if write_file(root, &file)? { "written" } else { "fresh" };
        writeln!(out, "{}: {state}", file.name)?;
    }
    Ok(ExitCode::SUCCESS)
}
