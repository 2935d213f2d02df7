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

    /// Opens the database for reading; another process may serve it at the same time. It is not
    /// migrated. If the user is not permitted to write it, it is opened nonetheless where the
    /// engine can do that, and what writes fails with [`ReadOnly`](crate::StoreError::ReadOnly).
    ///
    /// # Errors
    /// [`Missing`](crate::StoreError::Missing), [`OlderSchema`](crate::StoreError::OlderSchema),
    /// and as [`open_or_create`](Database::open_or_create).
    async fn open_for_reading(&self) -> Result<Arc<dyn Store>>;

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
    /// meanwhile. Every run is read with its steps. An empty list means that there are no faults.
    ///
    /// # Errors
    /// [`Missing`](crate::StoreError::Missing), [`OlderSchema`](crate::StoreError::OlderSchema), or
    /// an error of [`open`](Database::open) other than [`Damaged`](crate::StoreError::Damaged).
    async fn check(&self) -> Result<Vec<Fault>>;

    /// Looks for faults as [`check`](Database::check) does, and repairs them, all or nothing. What
    /// is derived from the runs (indexes and counts) is rebuilt. If that is not enough, all runs
    /// that can be read are saved into a new database, which takes the place of the damaged one,
    /// and that one is kept under another name. No other process may have the database open.
    ///
    /// # Errors
    /// [`InUse`](crate::StoreError::InUse) if another process serves the database,
    /// [`Locked`](crate::StoreError::Locked) if another process has it open,
    /// [`Unrepairable`](crate::StoreError::Unrepairable) if nothing can be saved, and as
    /// [`check`](Database::check). The database is as it was then.
    async fn repair(&self) -> Result<Repair>;

    /// Writes a copy of the database, as it is at one moment; another process may serve the
    /// database meanwhile. The copy is checked before it gets its name, and is on disk when this
    /// returns. An older copy is replaced if `replaces` is set.
    ///
    /// # Errors
    /// [`AlreadyExists`](crate::StoreError::AlreadyExists) if the file exists and `replaces` is not
    /// set; [`InvalidTarget`](crate::StoreError::InvalidTarget) if it is neither a new file nor a
    /// database that may be replaced, [`InUse`](crate::StoreError::InUse) if another process serves
    /// it; [`Damaged`](crate::StoreError::Damaged) if the database or the copy has faults,
    /// [`NotWritable`](crate::StoreError::NotWritable) if the file cannot be written, and as
    /// [`check`](Database::check). A file that exists is as it was then, and nothing is left of a
    /// new one.
    async fn backup(&self, file: &Path, replaces: bool) -> Result<()>;
}

/// A fault that [`Database::check`] has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong, and where.
    pub message: String,
    /// Whether only something that is derived from the runs is wrong, so that nothing is lost.
    pub is_derived: bool,
    /// The run that cannot be read because of it, if its id is known.
    pub lost_run: Option<RunName>,
}

impl Fault {
    /// A fault of something that is derived from the runs.
    pub fn of_derived(message: String) -> Self {
        Self { message, is_derived: true, lost_run: None }
    }

    /// A fault of the data itself.
    pub fn of_data(message: String) -> Self {
        Self { message, is_derived: false, lost_run: None }
    }
}

/// A run of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunName {
    /// The name of the tenant.
    pub tenant: String,
    /// The id of the run.
    pub id: String,
}

impl fmt::Display for RunName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tenant, id } = self;
        write!(f, "run {id:?} of tenant {tenant:?}")
    }
}

/// What [`Database::repair`] has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repair {
    /// The faults that there were. Nothing was done if there were none.
    pub found: Vec<Fault>,
    /// What was saved from a database whose data was damaged.
    pub salvage: Option<Salvage>,
    /// Where the log of the newest transactions is kept if it was damaged. What was behind the
    /// damage is lost.
    pub damaged_log: Option<String>,
}

/// What was saved from a damaged database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Salvage {
    /// The number of runs in the new database.
    pub saved_runs: u64,
    /// The runs that could not be read, as far as their ids are known.
    pub lost_runs: Vec<RunName>,
    /// The number of runs that could not be read and whose ids are unknown.
    pub unnamed_lost_runs: u64,
    /// The runs that were saved as they could be read, although they differ from their checksums.
    pub altered_runs: Vec<RunName>,
    /// Where the database had two different values: both, and which one was taken and why.
    pub decisions: Vec<String>,
    /// What else could not be read.
    pub lost_others: Vec<String>,
    /// Where the damaged database is kept.
    pub original: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
