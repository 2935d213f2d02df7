//! `cargo xtask openapi generate`: the files follow the types.

use std::{io::Write, path::Path, process::ExitCode};

use anyhow::Result;

use super::files::{generated, write_file};

/// Writes the files that do not follow the types and routes, and removes those of types that are gone.
pub fn run(root: &Path, out: &mut dyn Write) -> Result<ExitCode> {
    for file in generated(root)? {
        let state = match write_file(root, &file)? {
            true if file.contents.is_empty() => "removed",
            true => "written",
            false => "fresh",
        };
        writeln!(out, "{}: {state}", file.name)?;
    }
    Ok(ExitCode::SUCCESS)
}
