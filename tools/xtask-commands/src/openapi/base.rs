//! The documents that are compared: of the working tree, of a file, or of a commit.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use runledger_contract::{Document, to_pretty};

use super::Generator;

/// The OpenAPI document, relative to the workspace.
pub const FILE: &str = "openapi.json";
/// Names of the main branch; the published one comes first.
const MAIN: [&str; 4] = ["origin/main", "origin/master", "main", "master"];

/// The option that names the older document.
#[derive(clap::Args, Default)]
pub struct Argument {
    /// Older document: a file, or a commit that contains openapi.json [default: the commit at which
    /// this branch left the main branch]
    #[arg(long, value_name = "REV|FILE")]
    pub base: Option<String>,
}

/// A document with its name.
pub struct Named {
    /// Its name for people, such as `openapi.json of 1a2b3c4 (main)`.
    pub name: String,
    /// The document.
    pub document: Document,
    /// Its text.
    pub text: String,
}

/// The document that the types and routes generate.
///
/// # Errors
/// Where it is not a valid document.
pub fn working_tree(generator: &Generator) -> Result<Named> {
    let document = Document::new((generator.document)())?;
    let text = to_pretty(document.root());
    Ok(Named { name: FILE.to_owned(), document, text })
}

/// Reads a document from a file.
///
/// # Errors
/// Where it cannot be read, or is not an OpenAPI document.
pub fn file(path: &Path) -> Result<Named> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path).with_context(|| format!("{name} cannot be read"))?;
    let document = Document::read(&text).with_context(|| format!("{name} cannot be used"))?;
    Ok(Named { name, document, text })
}

/// Finds the older document: the named file or commit, or else the commit at which this branch left
/// the main branch; on the main branch itself, the last commit.
///
/// # Errors
/// Where there is none; the message says what to type.
pub fn find(argument: &Argument, root: &Path) -> Result<Named> {
    match argument.base.as_deref() {
        Some(name) if Path::new(name).is_file() => file(&PathBuf::from(name)),
        Some(revision) => at(revision, revision, root).with_context(|| {
            format!("--base {revision} is neither a file nor a commit that contains {FILE}")
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
    String::from_utf8(output.stdout).context("the output of git is not UTF-8")
}
