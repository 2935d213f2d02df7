//! The last change of each tenant, on the calling thread and without a disk access where nothing
//! was committed since the last reading.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Mutex, PoisonError},
};

use runledger_store::TenantId;
use rusqlite::Connection;

use crate::{Result, changes, connection, log_index::LogIndex};

/// The numbers that have been read.
pub struct LastChanges {
    log_index: Option<LogIndex>,
    known: Mutex<Known>,
}

struct Known {
    connection: Connection,
    version: Option<Version>,
    /// The numbers that were read at this version or later.
    numbers: HashMap<TenantId, u64>,
}

/// What moves with every commit, also of another process.
#[derive(PartialEq, Eq)]
enum Version {
    /// The header of the log's index.
    Header([u8; LogIndex::HEADER_BYTES]),
    /// SQLite's `data_version`, which counts the commits of other connections.
    Counter(i64),
}

/// The numbers are forgotten when there are this many, so that their memory is bounded.
const MAX_KNOWN: usize = 100_000;

impl LastChanges {
    /// Opens a connection to the file. With the index of the log, which stays open until the
    /// process ends, a reading takes less than a microsecond, and several without.
    ///
    /// # Errors
    /// An error of SQLite.
    pub fn open(path: &Path, log_index: Option<LogIndex>) -> Result<Self> {
        let connection = connection::open_reader(path)?;
        let known = Known { connection, version: None, numbers: HashMap::new() };
        Ok(Self { log_index, known: Mutex::new(known) })
    }

    /// The number of the tenant's last change; 0 if there was none.
    ///
    /// # Errors
    /// An error of SQLite.
    pub fn of(&self, tenant: TenantId) -> Result<u64> {
        let header = self.log_index.as_ref().and_then(LogIndex::header).map(Version::Header);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Known { connection, version, numbers } = &mut *known;
        let found = match header {
            Some(header) => header,
            None => Version::Counter(data_version(connection)?),
        };
        if version.as_ref() != Some(&found) || numbers.len() >= MAX_KNOWN {
            numbers.clear();
            *version = Some(found);
        }
        if let Some(number) = numbers.get(&tenant) {
            return Ok(*number);
        }
        // After the version: a number that is newer is read again later, and none is too old.
        let number = changes::last(connection, tenant.0)?;
        numbers.insert(tenant, number);
        Ok(number)
    }
}

fn data_version(connection: &Connection) -> Result<i64> {
    let mut statement = connection.prepare_cached("PRAGMA data_version")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}
