//! Where a copy may be written: to a new file, or in place of an older copy that is not in use.

use std::{fs, io::ErrorKind, path::Path};

use runledger_store::{Result, StoreError};

use crate::{
    error::not_readable, files::length_beside, header::Header, serving_lock::ServingLock,
    suitable::kind,
};

/// The endings of files that stand beside a database and belong to it.
const COMPANION_SUFFIXES: [&str; 7] =
    ["-wal", "-shm", "-journal", "-serving", "-probe", ".repaired", ".part"];
/// What a repair keeps may be the only copy of some runs. A number may follow.
const DAMAGED: &str = ".damaged";

/// Checks that a copy of the database may be written to this file. `replaces` permits it to take
/// the place of an older copy.
///
/// # Errors
/// [`StoreError::InvalidTarget`], [`StoreError::AlreadyExists`], [`StoreError::InUse`] and
/// [`StoreError::NotReadable`].
pub fn expect_valid(database: &Path, file: &Path, replaces: bool) -> Result<()> {
    if is_companion(file) {
        return Err(invalid(file, "files with this ending belong to the database beside them"));
    }
    let found = match fs::symlink_metadata(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return expect_no_log(file),
        found => found.map_err(|error| not_readable(file, error))?,
    };
    // A symbolic link to the database is refused as a link.
    if file.canonicalize().ok() == database.canonicalize().ok() && found.is_file() {
        return Err(invalid(file, "it is the database itself"));
    }
    if !found.is_file() {
        return Err(invalid(file, &format!("it is {}", kind(&found))));
    }
    if !replaces {
        return Err(StoreError::AlreadyExists { file: file.display().to_string() });
    }
    let header = Header::read(file).map_err(|error| not_readable(file, error))?;
    if header.is_some_and(|header| !header.is_ours()) {
        return Err(invalid(file, "it is not a Runledger database"));
    }
    // Such as the database of another server.
    if ServingLock::is_held(file) {
        return Err(StoreError::InUse { database: file.display().to_string() });
    }
    expect_no_log(file)
}

/// A log beside the file would be taken for that of the copy, and damage it.
fn expect_no_log(file: &Path) -> Result<()> {
    let suffixes = ["-wal", "-journal"];
    match suffixes.iter().find(|suffix| length_beside(file, suffix) > 0) {
        Some(suffix) => Err(invalid(
            file,
            &format!("a log is beside it ({suffix}) of a database that was not closed"),
        )),
        None => Ok(()),
    }
}

fn is_companion(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    name.contains(DAMAGED) || COMPANION_SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

fn invalid(file: &Path, reason: &str) -> StoreError {
    StoreError::InvalidTarget { file: file.display().to_string(), reason: reason.to_owned() }
}
