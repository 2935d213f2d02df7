//! The file: what makes it ours, its tables, and how older ones are brought up to date.

use std::{fs::File, io::Read, path::Path, time::Duration};

use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags, config::DbConfig, ffi};

use crate::StoreError;

/// `RLgr`: what SQLite's header says of whose file it is.
const APPLICATION_ID: i32 = 0x524C_6772;

/// How long another process may hold the file before that is an error.
const BUSY: Duration = Duration::from_secs(5);

/// One step each from an empty file to the newest schema; `user_version` counts those that were taken.
const MIGRATIONS: &[&str] = &[include_str!("schema_1.sql"), include_str!("schema_2.sql")];
/// The version of a file to which all of them were done.
const NEWEST: i32 = MIGRATIONS.len() as i32;

/// Opens a file for writing; makes it where there is none, and brings an older one up to date.
///
/// # Errors
/// [`StoreError::Refused`] for a file that is not ours or newer than this program; it is left as it was.
pub fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    inspect(path)?;
    let open = || -> rusqlite::Result<Connection> {
        let mut connection = Connection::open(path)?;
        // SQLite opens what it cannot write to for reading, and says nothing until it must write.
        if connection.is_readonly(MAIN_DB)? {
            let readonly = ffi::Error::new(ffi::SQLITE_READONLY);
            return Err(rusqlite::Error::SqliteFailure(readonly, None));
        }
        configure(&connection)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        // Before the change to WAL: what says that the file is ours then stands in the file itself from the first
        // moment, and not only in a log that may be all that a killed process left of it.
        migrate(&mut connection)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        Ok(connection)
    };
    open().map_err(|error| unusable(path, &error))
}

/// Opens a file for reading only; [`open_writer`] has been there before.
pub fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    configure(&connection)?;
    Ok(connection)
}

/// Opens a file to look at it while nobody, or anybody, has it open: what a killed process left in its log is read,
/// and stays where it is.
pub fn open_onlooker(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    configure(&connection)?;
    Ok(connection)
}

/// Looks at a file that must be a ledger of this program's version, and changes nothing.
///
/// # Errors
/// [`StoreError::Refused`] for a file that is not there, is not ours, or is newer or older than this program.
pub fn inspect_current(path: &Path) -> Result<(), StoreError> {
    match inspect(path)? {
        Some(version) if version == NEWEST => Ok(()),
        Some(version) => Err(StoreError::Refused(format!(
            "{} was written by an older Runledger (schema {version}; this one wants {NEWEST}); it was left as it \
             is. Start `runledger serve` on it once, which brings it up to date.",
            path.display()
        ))),
        None => Err(StoreError::Refused(format!("There is no database at {}.", path.display()))),
    }
}

/// Makes all that a fresh file has.
pub fn create(connection: &Connection) -> Result<(), StoreError> {
    for migration in MIGRATIONS {
        connection.execute_batch(migration)?;
    }
    Ok(())
}

/// What every connection to a ledger is set to.
pub fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.execute_batch("PRAGMA cache_size = -65536; PRAGMA mmap_size = 1073741824;")
}

/// The version of the file; `None` where there is none yet, or an empty one. Reads its first bytes without SQLite,
/// which would leave its traces beside a file that is refused.
/// The offsets are those of SQLite's file format, section 1.3.
///
/// # Errors
/// [`StoreError::Refused`] for a file that is not ours or newer than this program.
pub fn inspect(path: &Path) -> Result<Option<i32>, StoreError> {
    let mut header = Vec::with_capacity(100);
    let length = match File::open(path) {
        Ok(file) => {
            let length = file.metadata().map_or(0, |file| file.len() as i64);
            file.take(100).read_to_end(&mut header).map_err(|error| unreadable(path, error))?;
            length
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(path, error)),
    };
    if header.is_empty() {
        return Ok(None);
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
    let logged = logged_version(path).map_err(|error| unusable(path, &error))?;
    // Without a log all pages stand in the file itself.
    let pages = i64::from(field(28)) * i64::from(page_size(&header));
    if logged.is_none() && length < pages {
        return Err(damaged(path, &format!("it has {length} bytes of {pages}")));
    }
    let version = logged.unwrap_or(field(60));
    if version < 1 {
        return Err(damaged(path, &format!("its schema's version is {version}")));
    }
    if version > NEWEST {
        return Err(StoreError::Refused(format!(
            "{} was written by a newer Runledger (schema {version}; this one knows {NEWEST}); it was left as it \
             is. Use the newer program.",
            path.display()
        )));
    }
    Ok(Some(version))
}

/// The version that the log beside a file of ours gives it, where a killed process left one: the header is older.
/// Nothing is changed or left behind: it may yet be refused.
fn logged_version(path: &Path) -> rusqlite::Result<Option<i32>> {
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

/// Looks through the pages of a file for damage.
///
/// # Errors
/// [`StoreError::Refused`] where there is some.
pub fn check_pages(path: &Path) -> Result<(), StoreError> {
    let look = || -> Result<String, StoreError> {
        let connection = open_onlooker(path)?;
        Ok(connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?)
    };
    let verdict = look().map_err(|error| damaged(path, &error.to_string()))?;
    if verdict == "ok" { Ok(()) } else { Err(damaged(path, &verdict)) }
}

fn unreadable(path: &Path, error: std::io::Error) -> StoreError {
    StoreError::Refused(format!("{} cannot be read: {error}", path.display()))
}

/// Why a file that is ours cannot be opened, and what to do.
fn unusable(path: &Path, error: &rusqlite::Error) -> StoreError {
    let file = path.display();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Refused(format!(
            "{file} is in use for writing by another process, and was for {} seconds. Wait until that is done, or \
             stop it.",
            BUSY.as_secs()
        )),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            StoreError::Refused(format!(
                "{file} cannot be opened for writing: {error}. Its folder must be there, and file and folder \
                 writable for this user."
            ))
        }
        Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => StoreError::Refused(format!(
            "{file} cannot be written to: {error}. Look after its disk."
        )),
        // Whoever wrote the file did not make what the next migration wants to make.
        _ => damaged(path, error.to_string().split(" in ").next().unwrap_or_default()),
    }
}

fn damaged(path: &Path, what: &str) -> StoreError {
    StoreError::Refused(format!(
        "{} is damaged: {what}. It was left as it is. `runledger check` tells more, and its --repair mends indexes \
         and counts; for the rest, take a backup.",
        path.display()
    ))
}

/// The header's field of two bytes; 1 stands for 65,536.
fn page_size(header: &[u8]) -> u32 {
    match header.get(16..18) {
        Some([0, 1]) => 65_536,
        Some([high, low]) => u32::from(u16::from_be_bytes([*high, *low])),
        _ => 0,
    }
}

fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version: u16 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for migration in MIGRATIONS.iter().skip(version.into()) {
        transaction.execute_batch(migration)?;
    }
    if i32::from(version) < NEWEST {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", NEWEST)?;
    }
    transaction.commit()
}
