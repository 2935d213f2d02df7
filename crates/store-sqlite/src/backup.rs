//! Copying a database while it is in use.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

use runledger_store::Result;
use rusqlite::Connection;

use crate::{
    backup_target, check, connection,
    error::{Error, damaged, not_writable, on_database},
    files::{beside, create_private, folder},
    inspect,
};

/// Writes a compacted copy of the database. The copy has a name of its own (`FILE.part`) until all
/// of it is on disk and has been checked.
///
/// # Errors
/// As [`Database::backup`](runledger_store::Database::backup).
pub fn backup(database: &Path, file: &Path, replaces: bool) -> Result<()> {
    inspect::expect_newest(database)?;
    backup_target::expect_valid(database, file, replaces)?;
    File::open(folder(file)).map_err(|error| not_writable(file, error))?;
    // A copy would not show damage of what is not copied, such as an index or a missing page.
    check::expect_undamaged(database)?;
    let part = Part(beside(file, ".part"));
    create_anew(&part.0).map_err(|error| not_writable(&part.0, error))?;
    copy(database, &part.0)?;
    expect_sound(database, &part.0)?;
    rename_durably(&part.0, file).map_err(|error| not_writable(file, error))
}

/// The file that is written. An incomplete copy must not be taken for a backup: unless it gets its
/// final name, it is deleted. If it cannot be deleted, its name tells what it is.
struct Part(std::path::PathBuf);

impl Drop for Part {
    fn drop(&mut self) {
        for suffix in ["", "-journal"] {
            let _ = fs::remove_file(beside(&self.0, suffix));
        }
    }
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
    let copied = connection.execute("VACUUM INTO ?1", [name]).map_err(Error::from);
    copied.map(|_| ()).map_err(|error| on_database(part, error))
}

/// Checks the copy as `runledger check` does.
fn expect_sound(database: &Path, part: &Path) -> Result<()> {
    let check = || -> crate::Result<_> {
        let copy = Connection::open(part)?;
        connection::configure(&copy)?;
        check::find_faults(&copy)
    };
    match check().map_err(|error| on_database(part, error))?.first() {
        Some(fault) => Err(damaged(database, &fault.message)),
        None => Ok(()),
    }
}

/// Renames the complete copy once all of it is on disk.
fn rename_durably(part: &Path, file: &Path) -> io::Result<()> {
    File::open(part)?.sync_all()?;
    fs::rename(part, file)?;
    File::open(folder(file))?.sync_all()
}
