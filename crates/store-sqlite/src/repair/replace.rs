//! Putting a new file into the place of a damaged one.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use runledger_store::Result;
use rusqlite::Connection;

use crate::{
    error::{Error, not_writable},
    files::{beside, create_private, folder},
};

/// Gives the new file the name of the damaged one, which is kept under another name. `damaged` is
/// the only connection to the damaged file.
///
/// # Errors
/// An error of the files or of SQLite. The damaged file has its name then.
pub fn replace(path: &Path, new: &Path, damaged: Connection) -> Result<PathBuf> {
    // All of it is then in the file itself: its log, which stands under the same name, would be
    // taken for that of the new file.
    let mode: String = damaged
        .pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get(0))
        .map_err(Error::from)?;
    if !mode.eq_ignore_ascii_case("delete") {
        let error = io::Error::other("its log cannot be moved into it");
        return Err(not_writable(path, error));
    }
    keep_owner(path, new)?;
    let kept = unused_name(path);
    let renamed = || {
        File::open(new)?.sync_all()?;
        // Where the file system has no hard links, it is copied.
        if fs::hard_link(path, &kept).is_err() {
            fs::copy(path, &kept)?;
            File::open(&kept)?.sync_all()?;
        }
        fs::rename(new, path)?;
        File::open(folder(path))?.sync_all()
    };
    renamed().map_err(|error| not_writable(path, error))?;
    // Closed only now, so that no other process has used the damaged file.
    drop(damaged);
    Ok(kept)
}

/// Gives the new file the owner, the group and the permissions of the old one: otherwise the server
/// could not open what another user has repaired.
///
/// # Errors
/// [`NotWritable`](runledger_store::StoreError::NotWritable).
#[cfg(unix)]
pub fn keep_owner(old: &Path, new: &Path) -> Result<()> {
    use std::os::unix::fs::{MetadataExt, chown};
    let keep = || {
        let (old, found) = (fs::metadata(old)?, fs::metadata(new)?);
        if (old.uid(), old.gid()) != (found.uid(), found.gid()) {
            chown(new, Some(old.uid()), Some(old.gid()))?;
        }
        fs::set_permissions(new, old.permissions())
    };
    keep().map_err(|error| not_writable(new, error))
}

/// On other systems the folder tells who may open the file.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn keep_owner(_: &Path, _: &Path) -> Result<()> {
    Ok(())
}

/// Copies the log of a file, before the file is written to. Returns the path of the copy, which is
/// on disk.
///
/// # Errors
/// [`NotWritable`](runledger_store::StoreError::NotWritable).
pub fn keep_log(path: &Path) -> Result<PathBuf> {
    let log = beside(path, "-wal");
    let kept = unused_name(&log);
    let copied = || {
        create_private(&kept)?;
        fs::copy(&log, &kept)?;
        File::open(&kept)?.sync_all()?;
        File::open(folder(&kept))?.sync_all()
    };
    copied().map_err(|error| not_writable(&kept, error))?;
    Ok(kept)
}

/// `FILE.damaged`, with a number if that exists.
fn unused_name(path: &Path) -> PathBuf {
    let first = beside(path, ".damaged");
    let others = (2..).map(|number: u32| beside(path, &format!(".damaged-{number}")));
    let mut names = std::iter::once(first).chain(others);
    names.find(|name| !name.exists()).unwrap_or_else(|| beside(path, ".damaged"))
}
