//! Copying a database while it is in use.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

use runledger_store::{Result, StoreError};

use crate::{
    connection,
    error::{Error, not_writable},
    files::{beside, create_private},
    inspect,
};

/// Writes a compacted copy of the database to a new file. The copy has a name of its own
/// (`FILE.part`) until all of it is on disk.
///
/// # Errors
/// As [`Database::backup`](runledger_store::Database::backup).
pub fn backup(database: &Path, file: &Path) -> Result<()> {
    inspect::expect_newest(database)?;
    if file.exists() {
        return Err(StoreError::AlreadyExists { file: file.display().to_string() });
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    File::open(folder).map_err(|error| not_writable(file, error))?;
    let part = beside(file, ".part");
    create_anew(&part).map_err(|error| not_writable(&part, error))?;
    let copied = copy(database, &part).and_then(|()| rename_durably(&part, file, folder));
    if copied.is_err() {
        // An incomplete copy must not be taken for a backup. If it cannot be deleted, its name
        // tells what it is.
        let _ = fs::remove_file(&part);
    }
    copied
}

/// Creates the file for the copy, in place of one that a killed process has left.
fn create_anew(part: &Path) -> io::Result<()> {
    match fs::remove_file(part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => create_private(part),
    }
}

fn copy(database: &Path, part: &Path) -> Result<()> {
    let Some(name) = part.to_str() else {
        return Err(not_writable(part, io::Error::other("SQLite needs a path in UTF-8")));
    };
    let connection = connection::open_observer(database)?;
    connection.execute("VACUUM INTO ?1", [name]).map_err(Error::from)?;
    Ok(())
}

/// Renames the complete copy once all of it is on disk.
fn rename_durably(part: &Path, file: &Path, folder: &Path) -> Result<()> {
    let rename = || {
        File::open(part)?.sync_all()?;
        fs::rename(part, file)?;
        File::open(folder)?.sync_all()
    };
    rename().map_err(|error| not_writable(file, error))
}
