//! The database file of the demo. An existing file is never overwritten.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow, bail};
use tempfile::TempDir;

use crate::database;

/// A new database file.
pub struct DemoFile {
    path: PathBuf,
    /// Deleted when this is dropped.
    temporary: Option<TempDir>,
}

impl DemoFile {
    /// Creates the named file, or a file in a temporary directory.
    ///
    /// # Errors
    /// If the named file exists and is not empty, or files of an earlier database are beside it.
    pub fn create(named: Option<PathBuf>) -> anyhow::Result<Self> {
        let Some(path) = named else {
            let directory = tempfile::Builder::new()
                .prefix("runledger-demo-")
                .tempdir()
                .context("cannot create a temporary directory; name a file with --database")?;
            return Ok(Self { path: directory.path().join("demo.db"), temporary: Some(directory) });
        };
        if let Some(companion) = database::companions(&path).iter().find(|path| path.exists()) {
            refuse(companion, "belongs to an earlier database")?;
        }
        match create_private(&path) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => expect_empty(&path)?,
            Err(error) => bail!(
                "cannot create {}: {error}\nName another file with --database",
                path.display()
            ),
        }
        Ok(Self { path, temporary: None })
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file is deleted when the demo ends.
    pub fn is_temporary(&self) -> bool {
        self.temporary.is_some()
    }

    /// The error of a demo that was stopped before the file was complete.
    pub fn interrupted(self) -> anyhow::Error {
        if self.is_temporary() {
            return anyhow!("stopped before the database was complete; it was deleted");
        }
        anyhow!(
            "stopped before the database was complete\nDelete {} before the next attempt",
            self.path.display()
        )
    }
}

/// Creates a file that only its owner can read.
fn create_private(path: &Path) -> std::io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn expect_empty(path: &Path) -> anyhow::Result<()> {
    let metadata = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    if metadata.is_dir() {
        refuse(path, "is a directory")?;
    }
    if !metadata.is_file() || metadata.len() > 0 {
        refuse(path, "exists and is not empty")?;
    }
    Ok(())
}

fn refuse(path: &Path, reason: &str) -> anyhow::Result<()> {
    bail!(
        "{} {reason}; it was not changed\n\
         Name a new file with --database, or omit the option to use a temporary one",
        path.display()
    )
}
