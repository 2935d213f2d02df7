//! Opening connections to a ledger's file, each with the settings of its use.

use std::path::Path;

use runledger_store::Result;
use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig};

use crate::{
    error::{self, BUSY_TIMEOUT, Error, not_writable},
    files::create_private,
    inspect,
    migrations::{self, AUTO_VACUUM},
};

/// The page cache of a reader in KiB. There is a reader for each core, and the operating system
/// caches the file's pages for all of them.
const READER_CACHE_KIB: i32 = 8 * 1024;
/// The page cache of the writer in KiB, which holds the pages that a transaction has changed.
const WRITER_CACHE_KIB: i32 = 16 * 1024;
/// The number of prepared statements that a connection keeps.
const MAX_CACHED_STATEMENTS: usize = 64;

/// Opens the file for writing. It is created if there is none, and migrated if it is older.
/// `is_alone` says that no other process serves it.
///
/// # Errors
/// As [`Database::open_or_create`](runledger_store::Database::open_or_create).
pub fn open_writer(path: &Path, is_alone: bool) -> Result<Connection> {
    inspect::schema_version(path)?;
    inspect::expect_writable(path)?;
    create_private(path).map_err(|error| not_writable(path, error))?;
    let open = || -> crate::Result<Connection> {
        let mut connection = Connection::open(path)?;
        configure(&connection)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
        // Before the change to WAL: what marks the file as ours is then in the file itself from the
        // first moment, and not only in a log, which may be all that a killed process leaves.
        migrations::migrate(&mut connection)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        if is_alone {
            make_shrinkable(&connection)?;
        }
        Ok(connection)
    };
    open().map_err(|error| match error {
        Error::Sqlite(error) => error::opening(path, error),
        Error::Store(error) => error,
    })
}

/// Lets a file that an older program created give disk space back. This writes the whole file anew,
/// which is tried again at the next start if it fails.
fn make_shrinkable(connection: &Connection) -> rusqlite::Result<()> {
    let mode = || connection.pragma_query_value(None, "auto_vacuum", |row| row.get::<_, i32>(0));
    if mode()? == AUTO_VACUUM {
        return Ok(());
    }
    tracing::warn!("compacting the database; it is safe to interrupt this");
    connection.pragma_update(None, "auto_vacuum", AUTO_VACUUM)?;
    match connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)") {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DiskFull) => {
            tracing::warn!(
                "the disk is too full to compact the database; it needs as much again beside the \
                 database and in the folder for temporary files (SQLITE_TMPDIR)"
            );
            Ok(())
        }
        done => done,
    }
}

/// Opens a file for reading that [`open_writer`] has opened before.
///
/// # Errors
/// An error of SQLite.
pub fn open_reader(path: &Path) -> crate::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    configure(&connection)?;
    Ok(connection)
}

/// Opens a file for looking at it, whether or not another process has it open. What a killed
/// process left in the log is read and stays in the log.
///
/// # Errors
/// An error of SQLite.
pub fn open_observer(path: &Path) -> crate::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    configure(&connection)?;
    Ok(connection)
}

/// Opens a file that no other connection has open, and keeps others from opening it.
///
/// # Errors
/// An error of SQLite: `SQLITE_BUSY` if another connection has the file open.
pub fn open_exclusive(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, EXCLUSIVE_FLAGS)?;
    configure(&connection)?;
    // The lock is taken by the first transaction and kept until the connection is closed.
    connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT")?;
    Ok(connection)
}

/// How a file is opened that no other connection may have open.
pub const EXCLUSIVE_FLAGS: OpenFlags =
    OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

/// The settings of every connection to a ledger.
///
/// # Errors
/// An error of SQLite.
pub fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(MAX_CACHED_STATEMENTS);
    // Without it, SQLite makes some plans depend on the bound values, and rusqlite, which clears
    // them after each use, makes SQLite parse every cached statement again.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
    // Not mapped into memory: if the file is truncated or the disk fails, reading a mapped page
    // ends the process.
    connection.pragma_update(None, "mmap_size", 0)
}
