//! `cargo xtask openapi changelog`: the same as prose for people, kept per version.

use std::{io::Write, path::Path, process::ExitCode};

use anyhow::{Result, bail};
use runledger_contract::{changelog, check_version, diff, has_section};

use super::{
    base::{self, Named},
    files::{File, checked_in, write_file},
};

/// The changelog's file, by its path in the workspace.
pub const FILE: &str = "API-CHANGELOG.md";
/// What the file begins with.
const TITLE: &str = "\
# The API's changelog

What changed in the contract, for those who call the API, read its answers or generate code from its documents. Versions
are those of `info.version` and are [semantic](https://semver.org/). `cargo xtask openapi changelog` writes it; what
people write between a version's heading and the mark below it stays.
";

#[derive(clap::Args)]
pub struct Arguments {
    /// The older document: a file, or a commit that has openapi.json [default: where this branch left the main branch]
    #[arg(long, value_name = "REV|FILE")]
    base: Option<String>,
    /// Print the changelog instead of writing API-CHANGELOG.md
    #[arg(long)]
    print: bool,
}

/// Writes the section of the version that the types and routes say.
///
/// # Errors
/// Where there is nothing to compare with, or the version did not move as far as the changes ask.
pub fn run(arguments: &Arguments, root: &Path, out: &mut dyn Write) -> Result<ExitCode> {
    let old = base::find(arguments.base.as_deref(), root)?;
    let new = base::working_tree()?;
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

/// The changelog as it should be.
pub fn up_to_date(root: &Path, old: &Named, new: &Named) -> Result<File> {
    let mut file = File { name: FILE.to_owned(), contents: String::new() };
    let text = checked_in(root, &file)?;
    let same_version = old.document.version() == new.document.version();
    file.contents = if text.is_empty() {
        changelog(TITLE, None, &new.document)
    } else if same_version && has_section(&text, new.document.version()) {
        // It was written when the version came; words that changed since then change nothing in it.
        text
    } else {
        changelog(&text, Some(&old.document), &new.document)
    };
    Ok(file)
}
