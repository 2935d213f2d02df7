//! Looking at a file before it is opened, so that a file that is refused is left as it was.

use std::{fs::File, path::Path};

use runledger_store::{Result, StoreError};
use rusqlite::{Connection, OpenFlags, config::DbConfig};

use crate::{
    error::{self, BUSY_TIMEOUT, damaged, missing, not_readable, not_writable},
    files::{beside, length_beside},
    header::Header,
    log_damage,
    migrations::NEWEST,
    suitable::expect_suitable,
};

/// The version of the file's schema; `None` for a file that is empty or does not exist.
///
/// # Errors
/// [`Damaged`](StoreError::Damaged) if the log beside the file is damaged, and as
/// [`schema_version_of_file`].
pub fn schema_version(path: &Path) -> Result<Option<i32>> {
    // Opening the file would destroy what is behind the damage.
    expect_suitable(path)?;
    if let Some(fault) = log_fault(path)? {
        return Err(damaged(path, &fault));
    }
    schema_version_of_file(path)
}

/// What is wrong with the log beside a ledger.
///
/// # Errors
/// [`NotReadable`](StoreError::NotReadable).
pub fn log_fault(path: &Path) -> Result<Option<String>> {
    if length_beside(path, "-wal") == 0 {
        return Ok(None);
    }
    let header = Header::read(path).map_err(|error| not_readable(path, error))?;
    let Some(header) = header.filter(Header::is_ours) else { return Ok(None) };
    let found = log_damage::find(path, header.page_bytes() as usize);
    let found = found.map_err(|error| not_readable(&beside(path, "-wal"), error))?;
    Ok(found.map(|at| format!("its log (-wal) is damaged from byte {at} on")))
}

/// The version of the file's schema, as [`schema_version`], whether or not the log is damaged.
///
/// # Errors
/// A file that is [`Foreign`](StoreError::Foreign), [`NewerSchema`](StoreError::NewerSchema),
/// [`Damaged`](StoreError::Damaged), [`Orphaned`](StoreError::Orphaned) or
/// [`NotReadable`](StoreError::NotReadable), one that is no database's file (as
/// [`expect_suitable`]), and the errors of opening it.
pub fn schema_version_of_file(path: &Path) -> Result<Option<i32>> {
    expect_suitable(path)?;
    let read = || Header::read(path).map_err(|error| not_readable(path, error));
    let mut found = read()?;
    if found.is_none() && (length_beside(path, "-wal") > 0 || length_beside(path, "-shm") > 0) {
        // Another process may have created the file just now.
        found = read()?;
        if found.is_none() {
            // A new file would take over the log of another one and destroy it.
            let database = path.display().to_string();
            let files = format!("{database}-wal or {database}-shm");
            return Err(StoreError::Orphaned { database, files });
        }
    }
    let Some(mut header) = found else { return Ok(None) };
    if header.is_ours() && header.version() <= NEWEST && length_beside(path, "-journal") > 0 {
        roll_back(path).map_err(|error| error::opening(path, error))?;
        header = match read()? {
            Some(header) => header,
            None => return Ok(None),
        };
    }
    if !header.is_ours() {
        return Err(StoreError::Foreign { database: path.display().to_string() });
    }
    let logged = logged_version(path).map_err(|error| error::opening(path, error))?;
    // Without a log the file itself has all pages.
    let (length, expected) = (header.length, header.expected_length());
    if logged.is_none() && length < expected {
        return Err(damaged(path, &format!("its length is {length} bytes and not {expected}")));
    }
    let version = logged.unwrap_or(header.version());
    if version < 1 {
        return Err(damaged(path, &format!("the version of its schema is {version}")));
    }
    if version > NEWEST {
        return Err(StoreError::NewerSchema {
            database: path.display().to_string(),
            found: version,
            supported: NEWEST,
        });
    }
    Ok(Some(version))
}

/// Checks that the file is a ledger with the newest schema.
///
/// # Errors
/// [`Missing`](StoreError::Missing), [`OlderSchema`](StoreError::OlderSchema), and as
/// [`schema_version`].
pub fn expect_newest(path: &Path) -> Result<()> {
    expect_newest_of(path, schema_version(path)?)
}

/// Checks that a file whose schema has this version is a ledger with the newest schema.
///
/// # Errors
/// [`Missing`](StoreError::Missing) and [`OlderSchema`](StoreError::OlderSchema).
pub fn expect_newest_of(path: &Path, version: Option<i32>) -> Result<()> {
    match version {
        Some(version) if version == NEWEST => Ok(()),
        Some(version) => Err(StoreError::OlderSchema {
            database: path.display().to_string(),
            found: version,
            needed: NEWEST,
        }),
        None => Err(missing(path)),
    }
}

/// Checks that the file may be written to, if there is one. SQLite opens a file that is read-only
/// for reading, and the files that it then creates beside it are read-only as well.
///
/// # Errors
/// [`NotWritable`](StoreError::NotWritable).
pub fn expect_writable(path: &Path) -> Result<()> {
    match File::options().write(true).open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(not_writable(path, error))
        }
        _ => Ok(()),
    }
}

/// Undoes what a process that was killed while it created the file has written, and waits for a
/// process that is creating it now.
fn roll_back(path: &Path) -> rusqlite::Result<()> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
}

/// The version that the log beside the file gives it, if a killed process left a log: the header is
/// older. Nothing is changed or created, because the file may yet be refused.
fn logged_version(path: &Path) -> rusqlite::Result<Option<i32>> {
    if length_beside(path, "-wal") == 0 {
        return Ok(None);
    }
    // Without an index of the log (`-shm`) no process has the file open. An exclusive connection
    // then keeps its index in memory and creates no file. It cannot be a read-only one, whose lock
    // would be refused.
    let alone = length_beside(path, "-shm") == 0;
    let flags =
        if alone { OpenFlags::SQLITE_OPEN_READ_WRITE } else { OpenFlags::SQLITE_OPEN_READ_ONLY };
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    if alone {
        connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE")?;
    }
    Ok(Some(connection.pragma_query_value(None, "user_version", |row| row.get(0))?))
}
