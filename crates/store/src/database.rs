//! The trait for what is done to a database as a whole.

use std::{fmt, path::Path, sync::Arc};

use async_trait::async_trait;

use crate::{Result, Store};

/// A database at some location: it opens as a [`Store`], and is checked, repaired and backed up.
///
/// An older database is migrated when it is opened. A database that is refused is left byte for
/// byte as it was.
#[async_trait]
pub trait Database: Send + Sync {
    /// Opens the database; another process may serve it at the same time.
    ///
    /// # Errors
    /// [`Missing`](crate::StoreError::Missing) if there is no database, and as
    /// [`open_or_create`](Database::open_or_create).
    async fn open(&self) -> Result<Arc<dyn Store>>;

    /// Opens the database, which is created if there is none; another process may serve it at the
    /// same time.
    ///
    /// # Errors
    /// A database that is [`Foreign`](crate::StoreError::Foreign), has a
    /// [`NewerSchema`](crate::StoreError::NewerSchema), is [`Damaged`](crate::StoreError::Damaged),
    /// [`Locked`](crate::StoreError::Locked), or not [readable](crate::StoreError::NotReadable) or
    /// [writable](crate::StoreError::NotWritable), is refused with this error. So is one with an
    /// older schema that another process serves ([`InUse`](crate::StoreError::InUse)).
    async fn open_or_create(&self) -> Result<Arc<dyn Store>>;

    /// Opens the database as the one process that serves it. It is created if there is none; a
    /// small one is checked for damage first.
    ///
    /// # Errors
    /// [`InUse`](crate::StoreError::InUse) if another process serves it, and as
    /// [`open_or_create`](Database::open_or_create).
    async fn serve(&self) -> Result<Arc<dyn Store>>;

    /// Looks for faults in the whole database, as it is at one moment; another process may serve it
    /// meanwhile. An empty list means that there are none.
    ///
    /// # Errors
    /// [`Missing`](crate::StoreError::Missing), [`OlderSchema`](crate::StoreError::OlderSchema), an
    /// error of [`open`](Database::open), or [`Engine`](crate::StoreError::Engine) for a database
    /// that is too damaged to be checked.
    async fn check(&self) -> Result<Vec<Fault>>;

    /// Rebuilds what can be derived from the runs (indexes and counts), all or nothing.
    ///
    /// # Errors
    /// [`InUse`](crate::StoreError::InUse) if another process serves the database, and as
    /// [`check`](Database::check).
    async fn repair(&self) -> Result<()>;

    /// Writes a copy of the database, as it is at one moment, to a new file; another process may
    /// serve the database meanwhile. When this returns, the copy is on disk.
    ///
    /// # Errors
    /// [`AlreadyExists`](crate::StoreError::AlreadyExists) if the file exists,
    /// [`NotWritable`](crate::StoreError::NotWritable) if it cannot be written, and as
    /// [`check`](Database::check). Nothing is left of the file then.
    async fn backup(&self, file: &Path) -> Result<()>;
}

/// A fault that [`Database::check`] has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong, and where.
    pub message: String,
    /// Whether [`Database::repair`] fixes it, because it can be derived from the runs.
    pub repairable: bool,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
