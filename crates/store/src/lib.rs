//! The store's traits, and everything about a ledger that is not SQL.
//!
//! An engine is a crate of its own (`runledger-store-sqlite`) that implements [`RunStore`],
//! [`AnalysisStore`], [`ChangeStore`], [`KeyStore`] and [`Store`], and [`Database`] for what is
//! done to a database as a whole. What every engine needs is here: storage codes, what recording a
//! run decides, the counted index, the cache of keys, the feed of changes. [`memory`] is an engine
//! without a disk. The feature `test-suite` adds the tests that every engine runs.

mod analysis_store;
mod change_feed;
mod change_store;
pub mod codes;
pub mod counted_index;
mod database;
mod error;
mod filter;
mod heartbeat;
mod key;
mod key_cache;
mod key_store;
pub mod memory;
mod merge;
mod recording;
mod retention;
mod run_size;
mod run_store;
mod store;
mod tenant;
#[cfg(feature = "test-suite")]
pub mod test_suite;
mod update_store;
pub mod workflows;

pub use self::{
    analysis_store::AnalysisStore,
    change_feed::ChangeFeed,
    change_store::{ChangeStore, Changes, RunChange},
    database::{Database, Fault, Repair, RunName, Salvage},
    error::{Cause, Result, StoreError},
    filter::{ListStart, MAX_TESTED_RUNS, RunFilter, next_cursor},
    heartbeat::{Heartbeat, StateBeforeLoss, is_sign_of_life},
    key::{ApiKey, KeyHash, ListedKey, NewApiKey, key_prefix, new_secret},
    key_cache::{KeyCache, KeyUse},
    key_store::KeyStore,
    merge::{
        begins_attempt, check_step_count, earlier_attempt, kept_steps, merge, merge_earlier,
        merge_run, merge_step, step_order,
    },
    recording::{Decision, LOST, Place, Recorded, RecordedRun, decide, decide_attempt},
    retention::RetentionPolicy,
    run_size::{RunSize, json_bytes},
    run_store::RunStore,
    store::{Store, Usage},
    tenant::TenantId,
    update_store::{Condition, MAX_READ_BYTES, Patched, Refused, UpdateStore},
};
