//! `cargo xtask openapi changelog`: the changes as prose, in a section for each version.

use std::{io::Write, path::Path, process::ExitCode};

use anyhow::{Result, bail};
use runledger_contract::{changelog, check_version, diff, has_section};

use super::{
    Generator,
    base::{self, Named},
    files::{File, checked_in, write_file},
};

/// The changelog, relative to the workspace.
pub const FILE: &str = "API-CHANGELOG.md";
/// The beginning of a new file.
const TITLE: &str = "\
# The API's changelog

What changed for programs that call the API and for code that is generated from its documents.
Versions are those of `info.version` and follow [semantic versioning](https://semver.org/).
`cargo xtask openapi changelog` writes the sections. Text between a version's heading and the mark
below it is written by hand and is kept.
";

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    base: base::Argument,
    /// Print the changelog instead of writing API-CHANGELOG.md
    #[arg(long)]
    print: bool,
}

/// Writes the section of the present version.
///
/// # Errors
/// Where there is no older document, or the version does not follow the changes.
pub fn run(
    arguments: &Arguments,
    generator: &Generator,
    root: &Path,
    out: &mut dyn Write,
) -> Result<ExitCode> {
    let old = base::find(&arguments.base, root)?;
    let new = base::working_tree(generator)?;
    let findings = diff(&old.document, &new.document);
    if let Some(finding) = check_version(&old.document, &new.document, &findings) {
        bail!("{}; {} first (in crates/server/src/openapi.rs)", finding.message, finding.advice);
    }
    let file = up_to_date(root, &old, &new)?;
    if arguments.print {
        write!(out, "{}", file.contents)?;
    } else {
        let state = if write_file(root, &file)? { "written" } else { "fresh" };
        writeln!(out, "{FILE}: {state} ({} against {})", new.name, old.name)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The changelog with the section of the present version.
///
/// # Errors
/// Where it cannot be read.
pub fn up_to_date(root: &Path, old: &Named, new: &Named) -> Result<File> {
    let mut file = File { name: FILE.to_owned(), contents: String::new() };
    let text = checked_in(root, &file)?;
    let same_version = old.document.version() == new.document.version();
    file.contents = if text.is_empty() {
        changelog(TITLE, None, &new.document)
    } else if same_version && has_section(&text, new.document.version()) {
        // Changed descriptions do not change a section that has been written.
        text
    } else {
        changelog(&text, Some(&old.document), &new.document)
    };
    Ok(file)
}
