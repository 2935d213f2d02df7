//! The mark of the one process that serves a file, so that no second one does, and nobody migrates it meanwhile.
//!
//! Others may open the file beside it: SQLite keeps their writes apart. The mark is a lock on a file of its own
//! (`FILE-serving`), because closing any handle of SQLite's own file would end SQLite's locks in this process.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::Path,
};

use super::Result;
use crate::StoreError;

/// Holds the mark until it is dropped, or its process ends in whatever way.
#[derive(Debug)]
pub struct Serving(#[expect(dead_code, reason = "held for its lock")] File);

impl Serving {
    /// Sets the mark on this database.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where another process serves it.
    pub fn claim(path: &Path) -> Result<Self> {
        let mut mark = path.as_os_str().to_owned();
        mark.push("-serving");
        let mark = Path::new(&mark);
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(mark);
        let file = file.map_err(|error| {
            StoreError::Refused(format!(
                "{} cannot be made: {error}. The database's folder must be writable.",
                mark.display()
            ))
        })?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(StoreError::Refused(format!(
                "{} is being served by another process. Stop that one first, or name another file.",
                path.display()
            ))),
            Err(TryLockError::Error(error)) => Err(StoreError::Refused(format!(
                "{} cannot be locked: {error}. Put the database on a disk that has file locks.",
                mark.display()
            ))),
        }
    }
}
