//! The embedded engine: a ledger in one SQLite file, with one writer thread and a reader thread for
//! each core.
//!
//! [`SqliteDatabase`] names a file and opens, checks, repairs and backs it up. [`SqliteStore`] is
//! the open ledger.

mod background_check;
mod backup;
mod backup_target;
mod change_numbers;
mod changes;
mod check;
mod checksum;
mod columns;
mod connection;
mod counted_index;
mod database;
mod delete;
mod dictionary;
mod disk_space;
mod earlier_attempts;
mod error;
mod files;
mod follower;
mod header;
mod heartbeat_rows;
mod heartbeats;
mod histogram;
mod id_code;
mod index_rows;
mod inspect;
mod items;
mod keys;
mod last_changes;
mod log_damage;
mod log_index;
mod matching;
mod merge;
mod merged_rows;
mod migrations;
mod newest;
mod optional_fields;
mod page;
mod pairs;
mod reader;
mod readers;
mod record;
mod repair;
mod run_rows;
mod runs_in_order;
mod selection;
mod serving_lock;
mod step_rows;
mod store;
mod stored_runs;
mod suitable;
mod tenants;
mod verify;
mod walk;
mod workflows;
mod writer;

pub use self::{database::SqliteDatabase, reader::Reader, store::SqliteStore};

/// The result of statements; the file-level functions return the store's own
/// [`Result`](runledger_store::Result).
type Result<T, E = error::Error> = std::result::Result<T, E>;
