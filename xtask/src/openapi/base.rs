//! What the contract is compared with: a file, or what was checked in at some commit.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use runledger_contract::{Document, to_pretty};

/// The contract's file, by its path in the workspace.
pub const FILE: &str = "openapi.json";
/// Where the main branch is looked for; what others have is what a change is to be compared with.
const MAIN: [&str; 4] = ["origin/main", "origin/master", "main", "master"];

/// A document and a name for it.
pub struct Named {
    /// What people know it by, such as `openapi.json of 1a2b3c4 (main)`.
    pub name: String,
    /// The document.
    pub document: Document,
    /// What it is written in.
    pub text: String,
}

/// The document that the types and routes say.
pub fn working_tree() -> Result<Named> {
    let document = Document::new(runledger_server::openapi_document())?;
    let text = to_pretty(document.root());
    Ok(Named { name: FILE.to_owned(), document, text })
}

/// Reads a document from a file.
///
/// # Errors
/// Where it cannot be read, or is no document.
pub fn file(path: &Path) -> Result<Named> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path).with_context(|| format!("{name} cannot be read"))?;
    let document = Document::read(&text).with_context(|| format!("{name} cannot be used"))?;
    Ok(Named { name, document, text })
}

/// Finds what to compare with: the file or the commit of this name, or else the place where the work in this folder left
/// the main branch; on the main branch itself, the last commit.
///
/// # Errors
/// Where there is no such thing; the message says what to type.
pub fn find(base: Option<&str>, root: &Path) -> Result<Named> {
    match base {
        Some(name) if Path::new(name).is_file() => file(&PathBuf::from(name)),
        Some(revision) => at(revision, revision, root).with_context(|| {
            format!("--base {revision} is neither a file nor a commit that has {FILE}")
        }),
        None => {
            let found = MAIN
                .iter()
                .find_map(|main| Some((main, git(root, &["merge-base", "HEAD", main]).ok()?)));
            let Some((main, commit)) = found else {
                bail!(
                    "nothing to compare with: no branch {} shares a commit with this one; \
                     name a file or a commit: --base REV|FILE",
                    MAIN.join(", ")
                );
            };
            at(commit.trim(), main, root)
        }
    }
}

fn at(revision: &str, name: &str, root: &Path) -> Result<Named> {
    let commit =
        git(root, &["rev-parse", "--short", "--verify", &format!("{revision}^{{commit}}")])?;
    let text = git(root, &["show", &format!("{}:./{FILE}", commit.trim())])?;
    let document =
        Document::read(&text).with_context(|| format!("{FILE} of {revision} cannot be used"))?;
    Ok(Named { name: format!("{FILE} of {} ({name})", commit.trim()), document, text })
}

fn git(root: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new("git").current_dir(root).args(arguments).output();
    let output = output.context("git cannot be started")?;
    if !output.status.success() {
        bail!("git {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).context("git did not answer in UTF-8")
}
