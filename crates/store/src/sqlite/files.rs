//! Whether the files that are open are still those that the path names. Whatever is written into files that were
//! deleted, moved away or replaced is lost with the last process that has them open.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::Result;
use crate::StoreError;

/// How much room in bytes there must be for the next recordings.
const ROOM: usize = 1024 * 1024;

/// The database's files, as they were when they were opened: its own, the log and the log's index. SQLite keeps the
/// same ones for as long as anybody has them open.
pub struct Files(Vec<(PathBuf, Identity)>);

impl Files {
    /// Remembers which files there are.
    pub fn noted(path: &Path) -> Result<Self> {
        let noted = ["", "-wal", "-shm"].into_iter().map(|suffix| {
            let mut file = path.as_os_str().to_owned();
            file.push(suffix);
            let file = PathBuf::from(file);
            match identity(&file) {
                Ok(identity) => Ok((file, identity)),
                Err(error) => Err(lost(&file, &error.to_string())),
            }
        });
        Ok(Self(noted.collect::<Result<_>>()?))
    }

    /// Whether there is some room on their disk: takes it, and gives it back.
    ///
    /// # Errors
    /// [`StoreError::Engine`] where there is none.
    pub fn try_room(&self) -> Result<()> {
        let Some((file, _)) = self.0.first() else { return Ok(()) };
        let mut trial = file.as_os_str().to_owned();
        trial.push("-trial");
        let taken = File::create(&trial).and_then(|mut trial| {
            trial.write_all(&vec![1; ROOM])?;
            trial.sync_data()
        });
        let given_back = fs::remove_file(&trial);
        taken.and(given_back).map_err(|error| {
            StoreError::Engine(format!("{} cannot be written: {error}", trial.display()))
        })
    }

    /// Whether all of them are where they were.
    ///
    /// # Errors
    /// [`StoreError::Engine`], which names the one that is not.
    pub fn check(&self) -> Result<()> {
        for (file, noted) in &self.0 {
            match identity(file) {
                Ok(found) if found == *noted => {}
                Ok(_) => return Err(lost(file, "another file is in its place")),
                Err(error) => return Err(lost(file, &error.to_string())),
            }
        }
        Ok(())
    }
}

fn lost(file: &Path, what: &str) -> StoreError {
    StoreError::Engine(format!("{} is not where it was: {what}", file.display()))
}

/// What stays the same for as long as a file is the same one.
#[cfg(unix)]
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(file: &Path) -> io::Result<Identity> {
    use std::os::unix::fs::MetadataExt;
    // Not by opening it: closing any handle of SQLite's own files would end SQLite's locks in this process.
    fs::metadata(file).map(|file| (file.dev(), file.ino()))
}

/// Elsewhere a file that is open can be neither deleted nor replaced.
#[cfg(not(unix))]
type Identity = ();

#[cfg(not(unix))]
fn identity(file: &Path) -> io::Result<Identity> {
    fs::metadata(file).map(|_| ())
}
