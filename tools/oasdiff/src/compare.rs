//! The opinions of `openapi diff` and of oasdiff about pairs of documents.

use std::{
    fs,
    ops::Range,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use anyhow::{Context, Result, bail};
use runledger_contract::{Document, Level, diff};
use serde::Deserialize;
use serde_json::Value;

use super::{
    documents::Source,
    mutate::Change,
    opinion::Opinion,
    pairs::{self, Pair},
};

/// A pair, and both opinions about it.
pub struct Compared {
    /// The source of the pair, and the options that draw it again.
    pub name: String,
    pub changes: Vec<Change>,
    pub ours: Vec<Opinion>,
    pub theirs: Vec<Opinion>,
}

/// Compares all pairs with these numbers, on all processors. The result is in the order of the
/// numbers.
///
/// # Errors
/// If oasdiff fails, or one of the two refuses a document.
pub fn compare_all(
    source: &Source,
    numbers: Range<u64>,
    seed: u64,
    program: &Path,
) -> Result<Vec<Compared>> {
    let (next, end) = (AtomicU64::new(numbers.start), numbers.end);
    let work = || -> Result<Vec<(u64, Compared)>> {
        let oasdiff = Oasdiff::new(program.to_owned())?;
        let mut results = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= end {
                return Ok(results);
            }
            let name = format!("{}, --seed {seed} --number {number}", source.name);
            results.push((number, oasdiff.compare(name, pairs::draw(source, number, seed))?));
        }
    };
    let mut results = thread::scope(|scope| -> Result<Vec<_>> {
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let done = workers.into_iter().map(|it| it.join().expect("a worker does not panic"));
        Ok(done.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
    })?;
    results.sort_by_key(|(number, _)| *number);
    Ok(results.into_iter().map(|(_, compared)| compared).collect())
}

/// The oasdiff program, and a folder for its input.
struct Oasdiff {
    program: PathBuf,
    folder: tempfile::TempDir,
}

/// A change in oasdiff's output.
#[derive(Deserialize)]
struct Entry {
    id: String,
    level: u8,
}

impl Oasdiff {
    fn new(program: PathBuf) -> Result<Self> {
        Ok(Self { program, folder: tempfile::tempdir()? })
    }

    fn compare(&self, name: String, pair: Pair) -> Result<Compared> {
        let Pair { old, new, changes } = pair;
        let theirs = self.run(&old, &new).with_context(|| {
            let changes: Vec<_> = changes.iter().map(ToString::to_string).collect();
            format!("{name}: {}", changes.join("; "))
        })?;
        let findings = diff(&Document::new(old)?, &Document::new(new)?);
        let ours = findings.iter().map(|it| Opinion::new(it.rule, it.level)).collect();
        Ok(Compared { name, changes, ours, theirs })
    }

    fn run(&self, old: &Value, new: &Value) -> Result<Vec<Opinion>> {
        let path = |name: &str| self.folder.path().join(name);
        fs::write(path("old.json"), old.to_string())?;
        fs::write(path("new.json"), new.to_string())?;
        let mut command = Command::new(&self.program);
        command.args(["changelog", "--format", "json"]).args([path("old.json"), path("new.json")]);
        // `openapi diff` merges the parameters of paths and `allOf`, too.
        command.args(["--flatten-params", "--flatten-allof"]);
        // oasdiff reads a configuration file from the current folder.
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        let output = command.output().context("oasdiff cannot be started")?;
        if !output.status.success() {
            bail!("oasdiff: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let entries: Option<Vec<Entry>> = serde_json::from_slice(&output.stdout)
            .with_context(|| String::from_utf8_lossy(&output.stdout).into_owned())?;
        entries.unwrap_or_default().iter().map(opinion).collect()
    }
}

fn opinion(entry: &Entry) -> Result<Opinion> {
    let level = match entry.level {
        3 => Level::Breaking,
        2 => Level::Warning,
        1 => Level::Compatible,
        other => bail!("oasdiff returned the unknown level {other}"),
    };
    Ok(Opinion::new(&entry.id, level))
}
