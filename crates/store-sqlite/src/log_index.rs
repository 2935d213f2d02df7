//! The index of the log (`-shm`), whose header changes with every commit.

#[cfg(unix)]
use std::{fs::File, os::unix::fs::FileExt};
use std::{io, path::Path};

use crate::files::beside;

/// The open file. It is never closed: closing any handle of it ends SQLite's locks on it in this
/// process. Therefore only the one process that serves a file opens it.
pub struct LogIndex(#[cfg(unix)] &'static File);

impl LogIndex {
    /// The two copies of the header: <https://sqlite.org/walformat.html>, section 2.1.
    pub const HEADER_BYTES: usize = 2 * 48;

    /// Opens the index of the log of a database that is open.
    ///
    /// # Errors
    /// An error of the operating system.
    #[cfg(unix)]
    pub fn open(database: &Path) -> io::Result<Option<Self>> {
        let file = File::open(beside(database, "-shm"))?;
        Ok(Some(Self(Box::leak(Box::new(file)))))
    }

    /// On other systems SQLite may lock parts of the file against reading.
    ///
    /// # Errors
    /// None.
    #[cfg(not(unix))]
    pub fn open(_: &Path) -> io::Result<Option<Self>> {
        Ok(None)
    }

    /// The header as it is now; `None` while it is being written.
    ///
    /// It has a counter of commits, the length of the log and checksums of it. SQLite writes the
    /// second copy first, and readers see a commit when both copies are equal.
    #[cfg(unix)]
    pub fn header(&self) -> Option<[u8; Self::HEADER_BYTES]> {
        let mut header = [0; Self::HEADER_BYTES];
        self.0.read_exact_at(&mut header, 0).ok()?;
        let (first, second) = header.split_at(Self::HEADER_BYTES / 2);
        (first == second).then_some(header)
    }

    /// None is read on other systems.
    #[cfg(not(unix))]
    pub fn header(&self) -> Option<[u8; Self::HEADER_BYTES]> {
        None
    }
}
