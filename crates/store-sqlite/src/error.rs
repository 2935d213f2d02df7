//! SQLite's errors and those of files as errors of the store.

use std::{fmt, path::Path, sync::Arc, time::Duration};

use runledger_store::StoreError;
use rusqlite::ErrorCode;

/// How long a connection waits for another process to release its lock.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// An error of a statement on an open database, or of the store. It leaves this crate as a
/// [`StoreError`].
#[derive(Debug)]
pub enum Error {
    /// A statement failed.
    Sqlite(rusqlite::Error),
    /// Something else failed.
    Store(StoreError),
}

impl Error {
    /// Whether the content of the file is the cause, and not its disk or another process.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Sqlite(error) => is_damage(error),
            Self::Store(_) => false,
        }
    }
}

/// Whether the content of the file is the cause of an error.
pub fn is_damage(error: &rusqlite::Error) -> bool {
    // A page that a file which is too short does not have.
    let is_short = error
        .sqlite_error()
        .is_some_and(|error| error.extended_code == rusqlite::ffi::SQLITE_IOERR_SHORT_READ);
    is_short
        || !matches!(
            error.sqlite_error_code(),
            Some(
                ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
                    | ErrorCode::SystemIoFailure
                    | ErrorCode::DiskFull
                    | ErrorCode::CannotOpen
                    | ErrorCode::PermissionDenied
                    | ErrorCode::ReadOnly
                    | ErrorCode::FileLockingProtocolFailed
                    | ErrorCode::OperationInterrupted
            )
        )
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error {
            Error::Store(error) => error,
            Error::Sqlite(error) => match error.sqlite_error_code() {
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                    Self::Corrupt { source: Arc::new(SqliteCause::from(&error)) }
                }
                _ => Self::engine_from("the database failed", SqliteCause::from(&error)),
            },
        }
    }
}

/// What SQLite reports, in one sentence. rusqlite's error has a source that repeats it.
#[derive(Debug)]
struct SqliteCause(String);

impl From<&rusqlite::Error> for SqliteCause {
    fn from(error: &rusqlite::Error) -> Self {
        let code = error.sqlite_error().map(|error| error.extended_code);
        Self(match (error, code) {
            (rusqlite::Error::SqliteFailure(_, Some(message)), Some(code)) => {
                format!("{message} (SQLite error {code})")
            }
            _ => error.to_string(),
        })
    }
}

impl fmt::Display for SqliteCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SqliteCause {}

/// An error of working on a database as a whole.
pub fn on_database(path: &Path, error: Error) -> StoreError {
    let database = path.display().to_string();
    match error {
        Error::Sqlite(error) if is_of_disk(&error) => {
            StoreError::Disk { database, source: Arc::new(SqliteCause::from(&error)) }
        }
        // To read a database, SQLite writes to the index of its log, unless another process does.
        Error::Sqlite(error) if is_of_permissions(&error) => {
            not_writable(path, SqliteCause::from(&error))
        }
        error => error.into(),
    }
}

fn is_of_permissions(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen)
    )
}

fn is_of_disk(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(code, Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure))
}

/// An error while a database of ours is opened.
pub fn opening(path: &Path, error: rusqlite::Error) -> StoreError {
    let database = path.display().to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            StoreError::Locked { database, seconds: BUSY_TIMEOUT.as_secs() }
        }
        _ if is_of_permissions(&error) => not_writable(path, SqliteCause::from(&error)),
        Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => {
            StoreError::Disk { database, source: Arc::new(SqliteCause::from(&error)) }
        }
        // A migration fails where the file is not as its version says. rusqlite adds the statement
        // after ` in `.
        _ => damaged(path, error.to_string().split(" in ").next().unwrap_or_default()),
    }
}

/// There is no database.
pub fn missing(path: &Path) -> StoreError {
    StoreError::Missing { database: path.display().to_string() }
}

/// What a database contains is wrong.
pub fn damaged(path: &Path, fault: &str) -> StoreError {
    StoreError::Damaged { database: path.display().to_string(), fault: fault.to_owned() }
}

/// A file cannot be read.
pub fn not_readable(path: &Path, error: std::io::Error) -> StoreError {
    StoreError::NotReadable { file: path.display().to_string(), source: Arc::new(error) }
}

/// A file cannot be created or written.
pub fn not_writable(
    path: &Path,
    error: impl std::error::Error + Send + Sync + 'static,
) -> StoreError {
    StoreError::NotWritable { file: path.display().to_string(), source: Arc::new(error) }
}
