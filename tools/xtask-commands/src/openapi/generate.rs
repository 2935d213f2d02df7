//! `cargo xtask openapi generate`: writes the files that the types and routes generate.

use std::{io::Write, path::Path, process::ExitCode};

use anyhow::Result;

use super::{
    Generator,
    files::{generated, write_file},
};

/// Writes the files that changed, and removes the schema files of types that no longer exist.
///
/// # Errors
/// Where a file cannot be read or written.
pub fn run(generator: &Generator, root: &Path, out: &mut dyn Write) -> Result<ExitCode> {
    for file in generated(generator, root)? {
        let state = match write_file(root, &file)? {
            true if file.contents.is_empty() => "removed",
            true => "written",
            false => "fresh",
        };
        writeln!(out, "{}: {state}", file.name)?;
    }
    Ok(ExitCode::SUCCESS)
}
