//! A copy of a file as it stands at one moment, while it is in use.

use std::path::Path;

use super::{Result, schema};
use crate::StoreError;

/// Writes a copy of the ledger `from` to the new file `to`, compacted, on disk before this answers. The ledger may
/// be served and written to meanwhile; the copy is of one moment.
///
/// # Errors
/// [`StoreError::Refused`] where `from` is no ledger or `to` is there already; what was written of `to` is deleted
/// where this fails half-way.
pub fn backup(from: &Path, to: &Path) -> Result<()> {
    schema::inspect_current(from)?;
    if to.exists() {
        return Err(StoreError::Refused(format!(
            "{} is there already; nothing is overwritten. Name another file.",
            to.display()
        )));
    }
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(StoreError::Refused(format!(
            "There is no folder {}; make it.",
            folder.display()
        )));
    }
    let text = |path: &Path| {
        path.to_str().map(str::to_owned).ok_or_else(|| {
            StoreError::Refused(format!("{} is no Unicode; SQLite cannot open it.", path.display()))
        })
    };
    let mut part = to.as_os_str().to_owned();
    part.push(".part");
    let part = Path::new(&part);
    let connection = schema::open_onlooker(from)?;
    let written = connection
        .execute("VACUUM INTO ?1", [text(part)?])
        .map_err(StoreError::from)
        .and_then(|_| settle(part, to, folder));
    if written.is_err() {
        // Nobody must take it for a backup. Where it cannot be deleted either, its name says what it is.
        let _ = std::fs::remove_file(part);
    }
    written
}

/// Gives the copy its name once all of it is on disk.
fn settle(part: &Path, to: &Path, folder: &Path) -> Result<()> {
    let failed = |error: std::io::Error| {
        StoreError::Engine(format!("{} cannot be written: {error}", to.display()))
    };
    std::fs::File::open(part).and_then(|file| file.sync_all()).map_err(failed)?;
    std::fs::rename(part, to).map_err(failed)?;
    let folder = std::fs::File::open(folder).map_err(failed)?;
    folder.sync_all().map_err(failed)
}
