//! Why an operation of a store failed.

use std::{error::Error, sync::Arc};

/// The result of an operation of a store.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The error beneath a [`StoreError`]. It is shared, because all writes of a failed transaction
/// report it.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// Why an operation of a store failed. A message says what happened; the [source](Error::source) is
/// not part of it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no database where one must exist.
    #[error("{database} does not exist or is an empty file")]
    Missing {
        /// The location of the database.
        database: String,
    },
    /// The file that was to be created exists.
    #[error("{file} exists already; nothing is overwritten")]
    AlreadyExists {
        /// The path of the file.
        file: String,
    },
    /// A copy must not be written to this file.
    #[error("the copy cannot be written to {file}: {reason}")]
    InvalidTarget {
        /// The path of the file.
        file: String,
        /// Why not, in a clause.
        reason: String,
    },
    /// What the path of a database names is not a regular file.
    #[error("{file} is {kind} and not a database file")]
    NotAFile {
        /// The path.
        file: String,
        /// What it names, with an article.
        kind: &'static str,
    },
    /// The file of the database is mounted by itself. A process that uses it under its own name has
    /// another log, and recordings under one name damage those under the other.
    #[error("{database} is a mount point: the file is mounted without the directory of its log")]
    Mounted {
        /// The location of the database.
        database: String,
    },
    /// The file of the database has several names (hard links). Each name has a log of its own, and
    /// recordings under one name damage those under another.
    #[error("{database} is one of {names} names (hard links) of the same file")]
    HardLinked {
        /// The location of the database.
        database: String,
        /// The number of names.
        names: u64,
    },
    /// Another process serves the database.
    #[error("{database} is served by another process")]
    InUse {
        /// The location of the database.
        database: String,
    },
    /// Another process did not release its write lock in time while the database was opened.
    #[error("another process has held the write lock of {database} for {seconds} seconds")]
    Locked {
        /// The location of the database.
        database: String,
        /// How long this process waited.
        seconds: u64,
    },
    /// The database belongs to another program.
    #[error("{database} is not a Runledger database; it was not changed")]
    Foreign {
        /// The location of the database.
        database: String,
    },
    /// The database has a schema that this program does not know.
    #[error(
        "{database} was written by a newer Runledger (schema {found}; this program supports up to \
         schema {supported}); it was not changed"
    )]
    NewerSchema {
        /// The location of the database.
        database: String,
        /// The version of its schema.
        found: i32,
        /// The newest version that this program supports.
        supported: i32,
    },
    /// The database must be migrated before this operation.
    #[error(
        "{database} was written by an older Runledger (schema {found}; this program needs schema \
         {needed}); it was not changed"
    )]
    OlderSchema {
        /// The location of the database.
        database: String,
        /// The version of its schema.
        found: i32,
        /// The version that this program needs.
        needed: i32,
    },
    /// The content of the database is wrong.
    #[error("{database} is damaged: {fault}; it was not changed")]
    Damaged {
        /// The location of the database.
        database: String,
        /// What is wrong.
        fault: String,
    },
    /// Nothing can be saved from a damaged database.
    #[error("nothing can be saved from {database}: {fault}; it was not changed")]
    Unrepairable {
        /// The location of the database.
        database: String,
        /// What is wrong.
        fault: String,
    },
    /// Damage of the database was found while it was used.
    #[error("the content of the database is damaged")]
    Corrupt {
        /// What the engine reports.
        #[source]
        source: Cause,
    },
    /// The database is missing, but files that belong to it exist: it was moved or deleted.
    #[error(
        "{database} does not exist, or is empty, but {files} exists, which belongs to a database \
         that was moved or deleted"
    )]
    Orphaned {
        /// The location of the database.
        database: String,
        /// The paths of the files, one of which at least exists.
        files: String,
    },
    /// A file that was open has been deleted, moved or replaced. What is written to it would be
    /// lost.
    #[error("{file} is not where it was: {found}")]
    Moved {
        /// The path of the file.
        file: String,
        /// What is in its place.
        found: String,
    },
    /// A file cannot be read.
    #[error("{file} cannot be read")]
    NotReadable {
        /// The path of the file.
        file: String,
        /// What the operating system reports.
        #[source]
        source: Cause,
    },
    /// A file cannot be created or written.
    #[error("{file} cannot be opened for writing")]
    NotWritable {
        /// The path of the file.
        file: String,
        /// What the operating system or the engine reports.
        #[source]
        source: Cause,
    },
    /// The disk is full or broken.
    #[error("the disk of {database} failed")]
    Disk {
        /// The location of the database.
        database: String,
        /// What the operating system or the engine reports.
        #[source]
        source: Cause,
    },
    /// A key with the same secret exists.
    #[error("a key with this secret exists already")]
    DuplicateKey,
    /// The filters of a list would have to be tested on too many runs.
    #[error(
        "too many runs match to count them exactly: {runs} match the rarest of the filters, which \
         are tested one by one on at most {max} runs; choose a shorter range with created_after \
         and created_before, or fewer filters"
    )]
    TooBroad {
        /// The number of runs.
        runs: u64,
        /// The greatest number on which filters are tested.
        max: u64,
    },
    /// Another process holds the database. The operation may succeed later.
    #[error("another process holds the database")]
    Busy,
    /// The engine failed.
    #[error("{message}")]
    Engine {
        /// What failed.
        message: String,
        /// What the engine reports.
        #[source]
        source: Option<Cause>,
    },
    /// The store was opened for reading only.
    #[error("the database is open for reading only")]
    ReadOnly,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// A failure of the engine that no other error has caused.
    pub fn engine(message: impl Into<String>) -> Self {
        Self::Engine { message: message.into(), source: None }
    }

    /// A failure of the engine with its cause.
    pub fn engine_from(
        message: impl Into<String>,
        source: impl Error + Send + Sync + 'static,
    ) -> Self {
        Self::Engine { message: message.into(), source: Some(Arc::new(source)) }
    }

    /// The message and those of all its causes in one line, for a log.
    pub fn report(&self) -> String {
        let mut report = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            report += &format!(": {error}");
            cause = error.source();
        }
        report
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_ends_with_the_first_cause() {
        let error = StoreError::engine_from("a page cannot be read", std::io::Error::other("EIO"));
        assert_eq!(error.report(), "a page cannot be read: EIO");
        assert_eq!(error.to_string(), "a page cannot be read");
        assert_eq!(StoreError::Closed.report(), "the store is closed");
    }
}
