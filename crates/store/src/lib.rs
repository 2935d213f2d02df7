//! The store's traits, and everything about a ledger that is not SQL.
//!
//! An engine is a crate of its own (`runledger-store-sqlite`) that implements [`RunStore`],
//! [`KeyStore`] and [`Store`], and [`Database`] for what is done to a database as a whole. What
//! every engine needs is here: storage codes, what recording a run decides, the counted
//! index, the cache of keys. [`memory`] is an engine without a disk. The feature `test-suite` adds
//! the tests that every engine runs.

pub mod codes;
pub mod counted_index;
mod database;
mod error;
mod key;
mod key_cache;
mod key_store;
pub mod memory;
mod recording;
mod run_store;
#[cfg(feature = "test-suite")]
pub mod test_suite;

use async_trait::async_trait;

pub use self::{
    database::{Database, Fault},
    error::{Cause, StoreError},
    key::{ApiKey, KeyHash, ListedKey, NewApiKey, new_secret},
    key_cache::{KeyCache, KeyUse},
    key_store::KeyStore,
    recording::{Recorded, decide},
    run_store::RunStore,
};

/// The result of an operation of a store.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The id of a tenant within its database. A tenant's keys open that tenant's runs and no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantId(pub i64);

/// An open ledger: the runs and the keys of all its tenants.
#[async_trait]
pub trait Store: RunStore + KeyStore {
    /// Checks that the store can read and write at this moment.
    ///
    /// # Errors
    /// The reason why it cannot.
    async fn ready(&self) -> Result<()>;
}
