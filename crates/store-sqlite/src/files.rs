//! Whether the open files are still the ones that their paths name. What is written to files that
//! were deleted, moved or replaced is lost when the last process closes them.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use runledger_store::{Result, StoreError};

use crate::error::not_writable;

/// How many bytes must be free on the disk before recording goes on after a failure.
const MIN_FREE_BYTES: usize = 1024 * 1024;
/// How many symbolic links are followed, one to another. Linux has the same limit.
const MAX_LINKS: usize = 40;

/// The path of the file that stands beside this one under this suffix.
pub fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The length of the file that SQLite keeps beside this one under this suffix; 0 if there is none.
pub fn length_beside(path: &Path, suffix: &str) -> u64 {
    fs::metadata(beside(path, suffix)).map_or(0, |file| file.len())
}

/// A path that SQLite takes for that of a file: it does not for `:memory:` and `file:runs.db`.
pub fn literal(path: &Path) -> PathBuf {
    let start = path.as_os_str().as_encoded_bytes();
    if start.starts_with(b":") || start.starts_with(b"file:") {
        return Path::new(".").join(path);
    }
    path.to_owned()
}

/// The file that a symbolic link names, whether or not it exists. SQLite follows the link, and
/// keeps its log beside that file.
pub fn resolved(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        let Ok(target) = fs::read_link(&path) else { break };
        path = folder(&path).join(target);
    }
    path
}

/// The directory of a file.
pub fn folder(file: &Path) -> &Path {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Creates a file that only its owner can read and write, if there is none. SQLite gives the files
/// beside a database the permissions of the database.
///
/// # Errors
/// Those of creating it.
pub fn create_private(path: &Path) -> io::Result<()> {
    match private_options().create_new(true).open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Options that open a file for writing; one that they create is for its owner only.
pub fn private_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// The database's file, its log and the log's index as they were when they were opened. SQLite
/// keeps the same ones for as long as any process has them open.
pub struct OpenFiles {
    database: PathBuf,
    opened: [(PathBuf, Identity); 3],
}

impl OpenFiles {
    /// Notes which files there are.
    ///
    /// # Errors
    /// [`StoreError::Moved`] if one of them does not exist.
    pub fn note(database: &Path) -> Result<Self> {
        let note = |suffix| {
            let file = beside(database, suffix);
            match identity(&file) {
                Ok(identity) => Ok((file, identity)),
                Err(error) => Err(moved(&file, &error.to_string())),
            }
        };
        let opened = [note("")?, note("-wal")?, note("-shm")?];
        Ok(Self { database: database.to_owned(), opened })
    }

    /// Checks that there is free disk space, by writing a file and deleting it.
    ///
    /// # Errors
    /// [`StoreError::NotWritable`] if there is none.
    pub fn expect_disk_space(&self) -> Result<()> {
        let probe = beside(&self.database, "-probe");
        let created = private_options().create(true).truncate(true).open(&probe);
        let written = created.and_then(|mut file| {
            file.write_all(&vec![1; MIN_FREE_BYTES])?;
            file.sync_data()
        });
        let deleted = fs::remove_file(&probe);
        written.and(deleted).map_err(|error| not_writable(&probe, error))
    }

    /// Checks that all files are where they were.
    ///
    /// # Errors
    /// [`StoreError::Moved`], which names the first that is not.
    pub fn expect_unmoved(&self) -> Result<()> {
        for (file, opened) in &self.opened {
            match identity(file) {
                Ok(found) if found == *opened => {}
                Ok(_) => return Err(moved(file, "another file is in its place")),
                Err(error) => return Err(moved(file, &error.to_string())),
            }
        }
        Ok(())
    }
}

fn moved(file: &Path, found: &str) -> StoreError {
    StoreError::Moved { file: file.display().to_string(), found: found.to_owned() }
}

/// What identifies a file, whatever its name: its device and its inode.
#[cfg(unix)]
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(file: &Path) -> io::Result<Identity> {
    use std::os::unix::fs::MetadataExt;
    // Without opening it: closing any handle of SQLite's own files ends SQLite's locks in this
    // process.
    fs::metadata(file).map(|file| (file.dev(), file.ino()))
}

/// On other systems an open file can be neither deleted nor replaced.
#[cfg(not(unix))]
type Identity = ();

#[cfg(not(unix))]
fn identity(file: &Path) -> io::Result<Identity> {
    fs::metadata(file).map(|_| ())
}
