//! The file: what makes it ours, its tables, and how older ones are brought up to date.

use std::{fs::File, io::Read, path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use crate::StoreError;

/// `RLgr`: what SQLite's header says of whose file it is.
const APPLICATION_ID: i32 = 0x524C_6772;

/// How long another process may hold the file before that is an error.
const BUSY: Duration = Duration::from_secs(5);

/// One step each from an empty file to the newest schema; `user_version` counts those that were taken.
const MIGRATIONS: &[&str] = &[include_str!("schema_1.sql"), include_str!("schema_2.sql")];

/// Opens a file for writing; makes it where there is none, and brings an older one up to date.
///
/// # Errors
/// [`StoreError::Refused`] for a file that is not ours or newer than this program; it is left as it was.
pub fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    inspect(path)?;
    let mut connection = Connection::open(path)?;
    configure(&connection)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Before the change to WAL: what says that the file is ours then stands in the file itself from the first
    // moment, and not only in a log that may be all that a killed process left of it.
    migrate(&mut connection)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    Ok(connection)
}

/// Opens a file for reading only; [`open_writer`] has been there before.
pub fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    configure(&connection)?;
    Ok(connection)
}

fn configure(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.execute_batch("PRAGMA cache_size = -65536; PRAGMA mmap_size = 1073741824;")?;
    Ok(())
}

/// Reads the file's first bytes without SQLite, which would leave its traces beside a file that is refused.
/// The offsets are those of SQLite's file format, section 1.3.
fn inspect(path: &Path) -> Result<(), StoreError> {
    let mut header = Vec::with_capacity(100);
    match File::open(path) {
        Ok(file) => {
            file.take(100).read_to_end(&mut header).map_err(|error| unreadable(path, error))?
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unreadable(path, error)),
    };
    if header.is_empty() {
        return Ok(());
    }
    let field = |at: usize| {
        header.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, i32::from_be_bytes)
    };
    if !header.starts_with(b"SQLite format 3\0") || field(68) != APPLICATION_ID {
        return Err(StoreError::Refused(format!(
            "{} is not a Runledger database; it was left as it is. Name another file.",
            path.display()
        )));
    }
    let (version, newest) = (logged_version(path)?.unwrap_or(field(60)), MIGRATIONS.len() as i32);
    if version > newest {
        return Err(StoreError::Refused(format!(
            "{} was written by a newer Runledger (schema {version}; this one knows {newest}); it was left as it \
             is. Use the newer program.",
            path.display()
        )));
    }
    Ok(())
}

/// The version that the log beside a file of ours gives it, where a killed process left one: the header is older.
/// Nothing is changed or left behind: it may yet be refused.
fn logged_version(path: &Path) -> Result<Option<i32>, StoreError> {
    let beside = |suffix| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        std::fs::metadata(name).map_or(0, |file| file.len())
    };
    if beside("-wal") == 0 {
        return Ok(None);
    }
    // Without an index of the log (`-shm`) nobody has the file open: an exclusive connection then makes its index
    // in memory, and no file; it cannot be a read-only one, whose lock would be refused.
    let alone = beside("-shm") == 0;
    let access =
        if alone { OpenFlags::SQLITE_OPEN_READ_WRITE } else { OpenFlags::SQLITE_OPEN_READ_ONLY };
    let connection = Connection::open_with_flags(path, access)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.busy_timeout(BUSY)?;
    if alone {
        connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE")?;
    }
    Ok(Some(connection.pragma_query_value(None, "user_version", |row| row.get(0))?))
}

fn unreadable(path: &Path, error: std::io::Error) -> StoreError {
    StoreError::Refused(format!("{} cannot be read: {error}", path.display()))
}

fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version: u16 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for migration in MIGRATIONS.iter().skip(version.into()) {
        transaction.execute_batch(migration)?;
    }
    if usize::from(version) < MIGRATIONS.len() {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", MIGRATIONS.len() as i32)?;
    }
    transaction.commit()?;
    Ok(())
}
