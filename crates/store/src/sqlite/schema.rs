//! The file: what makes it ours, its tables, and how older ones are brought up to date.

use std::{fmt, fs::File, path::Path, time::Duration};

use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig};

use super::header::{APPLICATION_ID, Header};
use crate::StoreError;

/// How long another process may hold the file before that is an error.
const BUSY: Duration = Duration::from_secs(5);

/// How many KiB of a file's pages a connection keeps in memory. The system keeps them, too, for all connections
/// together: there is one for each core.
const READER_KIB: i32 = 8 * 1024;
/// The same for the writer, who holds in it what a transaction has changed.
const WRITER_KIB: i32 = 16 * 1024;

/// One step each from an empty file to the newest schema; `user_version` counts those that were taken.
const MIGRATIONS: &[&str] = &[include_str!("schema_1.sql"), include_str!("schema_2.sql")];
/// The version of a file to which all of them were done.
pub const NEWEST: i32 = MIGRATIONS.len() as i32;

/// Opens a file for writing; makes it where there is none, and brings an older one up to date.
///
/// # Errors
/// [`StoreError::Refused`] for a file that is not ours or newer than this program; it is left as it was.
pub fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    inspect(path)?;
    expect_writable(path)?;
    let open = || -> rusqlite::Result<Connection> {
        let mut connection = Connection::open(path)?;
        configure(&connection)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "cache_size", -WRITER_KIB)?;
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
        None => Err(StoreError::Refused(format!(
            "There is no database at {}, or an empty file. Name another one; `runledger serve` makes a new one.",
            path.display()
        ))),
    }
}

/// Makes all that a fresh file has.
pub fn create(connection: &Connection) -> Result<(), StoreError> {
    for migration in MIGRATIONS {
        connection.execute_batch(migration)?;
    }
    Ok(())
}

/// Writes a page as it is already.
pub fn write_nothing(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "user_version", NEWEST)
}

/// What every connection to a ledger is set to.
pub fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(64);
    // Not mapped into memory: a file that was cut short, or a disk that cannot be read, would end the process.
    connection.execute_batch(&format!("PRAGMA cache_size = -{READER_KIB}; PRAGMA mmap_size = 0;"))
}

/// The version of the file; `None` where there is none yet, or an empty one.
///
/// # Errors
/// [`StoreError::Refused`] for a file that is not ours or newer than this program, and for none beside which there is
/// the log of one.
pub fn inspect(path: &Path) -> Result<Option<i32>, StoreError> {
    let read = || Header::read(path).map_err(|error| unreadable(path, error));
    let mut found = read()?;
    if found.is_none() && (beside(path, "-wal") > 0 || beside(path, "-shm") > 0) {
        // Somebody may have made it just now.
        found = read()?;
        if found.is_none() {
            return Err(headless(path));
        }
    }
    let Some(mut header) = found else { return Ok(None) };
    if header.is_ours() && header.version() <= NEWEST && beside(path, "-journal") > 0 {
        roll_back(path).map_err(|error| unusable(path, &error))?;
        header = match read()? {
            Some(header) => header,
            None => return Ok(None),
        };
    }
    if !header.is_ours() {
        return Err(StoreError::Refused(format!(
            "{} is not a Runledger database; it was left as it is. Name another file.",
            path.display()
        )));
    }
    let logged = logged_version(path).map_err(|error| unusable(path, &error))?;
    // Without a log all pages stand in the file itself.
    let (length, pages) = (header.length, header.pages_length());
    if logged.is_none() && length < pages {
        return Err(damaged(path, &format!("it has {length} bytes of {pages}")));
    }
    let version = logged.unwrap_or(header.version());
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

/// Takes back what a process that was killed while it made the file has written of it, and waits for one that is
/// making it now.
fn roll_back(path: &Path) -> rusqlite::Result<()> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.busy_timeout(BUSY)?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
}

/// The version that the log beside a file of ours gives it, where a killed process left one: the header is older.
/// Nothing is changed or left behind: it may yet be refused.
fn logged_version(path: &Path) -> rusqlite::Result<Option<i32>> {
    if beside(path, "-wal") == 0 {
        return Ok(None);
    }
    // Without an index of the log (`-shm`) nobody has the file open: an exclusive connection then makes its index
    // in memory, and no file; it cannot be a read-only one, whose lock would be refused.
    let alone = beside(path, "-shm") == 0;
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

/// Looks whether a file may be written to, where there is one. SQLite is content with reading one that may not, and
/// what it then makes beside it is read-only as well, and stays so.
///
/// # Errors
/// [`StoreError::Refused`] where it may not.
pub fn expect_writable(path: &Path) -> Result<(), StoreError> {
    match File::options().write(true).open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(unwritable(path, &error)),
        _ => Ok(()),
    }
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

/// How long the file is that SQLite keeps beside this one, under this suffix; 0 where there is none.
fn beside(path: &Path, suffix: &str) -> u64 {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    std::fs::metadata(name).map_or(0, |file| file.len())
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
            unwritable(path, error)
        }
        Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => StoreError::Refused(format!(
            "{file} cannot be written to: {error}. Look after its disk."
        )),
        // Whoever wrote the file did not make what the next migration wants to make.
        _ => damaged(path, error.to_string().split(" in ").next().unwrap_or_default()),
    }
}

fn unwritable(path: &Path, error: &dyn fmt::Display) -> StoreError {
    StoreError::Refused(format!(
        "{} cannot be opened for writing: {error}. Its folder must be there; and the folder, the file and what is \
         beside it (-wal, -shm, -serving) must be writable for this user.",
        path.display()
    ))
}

/// A new file would take the log that belongs to another one, and destroy it.
fn headless(path: &Path) -> StoreError {
    StoreError::Refused(format!(
        "{0} is not there, or empty, but {0}-wal or {0}-shm is: they belong to a database that was moved away or deleted. \
         Put that one back; or stop whoever serves it, move both away, too, and start anew.",
        path.display()
    ))
}

fn damaged(path: &Path, what: &str) -> StoreError {
    StoreError::Refused(format!(
        "{} is damaged: {what}. It was left as it is. Restore a backup; where only indexes or counts are damaged, \
         `runledger check --repair` mends them.",
        path.display()
    ))
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
