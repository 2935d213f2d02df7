//! The lock of the one process that serves a database, so that no other serves, repairs or migrates
//! it.
//!
//! Other processes may open the database at the same time: SQLite keeps their writes apart. The
//! lock is on a file of its own (`FILE-serving`), because closing any handle of SQLite's own file
//! ends SQLite's locks in this process.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

use runledger_store::{Result, StoreError};

use crate::{
    error::not_writable,
    files::{beside, private_options},
};

/// Holds the lock until it is dropped or the process ends.
#[derive(Debug)]
pub struct ServingLock(#[expect(dead_code, reason = "the open file holds the lock")] File);

impl ServingLock {
    /// Whether a process serves this database. Nothing is created.
    pub fn is_held(path: &Path) -> bool {
        let lock = File::open(beside(path, "-serving"));
        lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    /// Takes the lock of this database.
    ///
    /// # Errors
    /// [`StoreError::InUse`] if another process holds it, and [`StoreError::NotWritable`] if its
    /// file cannot be created or locked.
    pub fn acquire(path: &Path) -> Result<Self> {
        let lock = beside(path, "-serving");
        let file = private_options().create(true).truncate(false).open(&lock);
        let file = file.map_err(|error| not_writable(&lock, error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => {
                Err(StoreError::InUse { database: path.display().to_string() })
            }
            Err(TryLockError::Error(error)) => Err(not_writable(&lock, error)),
        }
    }
}
