//! Where the demo's database lives, and how nothing is ever overwritten there.

use std::{
    ffi::OsString,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use tempfile::TempDir;

/// A file that is the demo's own.
pub struct Database {
    path: PathBuf,
    /// Deleted when this is dropped.
    folder: Option<TempDir>,
}

impl Database {
    /// The named file, which must be new or empty, or else one in a temporary folder.
    pub fn claim(named: Option<PathBuf>) -> anyhow::Result<Self> {
        let Some(path) = named else {
            let folder = tempfile::Builder::new()
                .prefix("runledger-demo-")
                .tempdir()
                .context("cannot make a temporary folder; name a file with --database")?;
            return Ok(Self { path: folder.path().join("demo.db"), folder: Some(folder) });
        };
        // What SQLite keeps beside its file would be taken for a part of ours.
        for suffix in ["-wal", "-shm", "-journal"] {
            let mut beside = OsString::from(&path);
            beside.push(suffix);
            if Path::new(&beside).exists() {
                refuse(Path::new(&beside), "is left of another database")?;
            }
        }
        match fs::OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let there = fs::metadata(&path)
                    .with_context(|| format!("cannot look at {}", path.display()))?;
                if there.is_dir() {
                    refuse(&path, "is a folder")?;
                }
                if !there.is_file() || there.len() > 0 {
                    refuse(&path, "exists and is not empty")?;
                }
            }
            Err(error) => bail!(
                "cannot make the database {}: {error}\nName another file with --database",
                path.display()
            ),
        }
        Ok(Self { path, folder: None })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is gone when the demo ends.
    pub fn is_temporary(&self) -> bool {
        self.folder.is_some()
    }

    /// Ends a demo that was stopped while it filled the database.
    pub fn abandon(self) -> anyhow::Result<()> {
        if !self.is_temporary() {
            bail!(
                "stopped before the database was filled\n{} is incomplete; delete it before the next try",
                self.path.display()
            );
        }
        bail!("stopped before the database was filled; nothing is left of it")
    }
}

fn refuse(path: &Path, why: &str) -> anyhow::Result<()> {
    bail!(
        "{} {why}; it was left as it is\nName a new file with --database, or leave the option out for a temporary one",
        path.display()
    )
}
