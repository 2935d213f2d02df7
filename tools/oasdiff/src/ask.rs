//! Both judges, asked about one pair.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use runledger_contract::{Document, Level, diff};
use serde::Deserialize;
use serde_json::Value;

use super::{judge::Said, mutate::Change};

/// The other judge, and a folder for what it reads.
pub struct Oasdiff {
    program: PathBuf,
    folder: tempfile::TempDir,
}

/// A pair, and what both said about it.
pub struct Asked {
    /// Which pair it is, and how to draw it again.
    pub name: String,
    /// What was done to the older document.
    pub changes: Vec<Change>,
    /// What our `diff` said.
    pub ours: Vec<Said>,
    /// What oasdiff said.
    pub theirs: Vec<Said>,
}

#[derive(Deserialize)]
struct Entry {
    id: String,
    level: u8,
}

impl Oasdiff {
    /// The program of this path.
    ///
    /// # Errors
    /// Where there is no place for temporary files.
    pub fn new(program: PathBuf) -> Result<Self> {
        Ok(Self { program, folder: tempfile::tempdir()? })
    }

    /// Asks both judges.
    ///
    /// # Errors
    /// Where one of them does not take a document.
    pub fn ask_both(
        &self,
        name: &str,
        old: &Value,
        new: &Value,
        changes: Vec<Change>,
    ) -> Result<Asked> {
        let words = || {
            let changes: Vec<_> = changes.iter().map(ToString::to_string).collect();
            format!("{name}: {}", changes.join("; "))
        };
        let theirs = self.ask(old, new).with_context(words)?;
        let findings = diff(&Document::new(old.clone())?, &Document::new(new.clone())?);
        let ours = findings.iter().map(|it| Said::new(it.rule, it.level)).collect();
        Ok(Asked { name: name.to_owned(), changes, ours, theirs })
    }

    fn ask(&self, old: &Value, new: &Value) -> Result<Vec<Said>> {
        let path = |name: &str| self.folder.path().join(name);
        fs::write(path("old.json"), old.to_string())?;
        fs::write(path("new.json"), new.to_string())?;
        let mut command = Command::new(&self.program);
        command.args(["changelog", "--format", "json"]).args([path("old.json"), path("new.json")]);
        // What applies together is compared as one, as we do it.
        command.args(["--flatten-params", "--flatten-allof"]);
        // It looks for its options in the folder where it stands.
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        let output = command.output().context("oasdiff cannot be started")?;
        if !output.status.success() {
            bail!("oasdiff: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let entries: Option<Vec<Entry>> = serde_json::from_slice(&output.stdout)
            .with_context(|| String::from_utf8_lossy(&output.stdout).into_owned())?;
        entries.unwrap_or_default().iter().map(said).collect()
    }
}

fn said(entry: &Entry) -> Result<Said> {
    let level = match entry.level {
        3 => Level::Breaking,
        2 => Level::Warning,
        1 => Level::Compatible,
        other => bail!("oasdiff has a level {other} now"),
    };
    Ok(Said::new(&entry.id, level))
}
