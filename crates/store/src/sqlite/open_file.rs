//! Whether the file that is open is still the one that its path names.

use std::path::{Path, PathBuf};

use super::Result;
use crate::StoreError;

/// A file that was opened, and what tells it from any other.
pub struct OpenFile {
    path: PathBuf,
    identity: Identity,
}

/// The device and the number of the file on it.
#[cfg(unix)]
type Identity = (u64, u64);
#[cfg(not(unix))]
type Identity = ();

impl OpenFile {
    /// The file at this path, which has just been opened.
    pub fn at(path: &Path) -> Result<Self> {
        Ok(Self { path: path.to_owned(), identity: identity(path)? })
    }

    /// Whether the path still names it. What is written to a file that was deleted or replaced is lost with it, however
    /// well it was written.
    pub fn check(&self) -> Result<()> {
        if identity(&self.path)? == self.identity {
            return Ok(());
        }
        Err(StoreError::Engine(format!("{} was replaced by another file", self.path.display())))
    }
}

fn identity(path: &Path) -> Result<Identity> {
    let metadata = std::fs::metadata(path)
        .map_err(|error| StoreError::Engine(format!("{} is gone: {error}", path.display())))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        Ok((metadata.dev(), metadata.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        Ok(())
    }
}
