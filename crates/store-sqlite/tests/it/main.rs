//! The SQLite engine: the suite of all engines, and what only a file can do.

mod attempts;
mod changes;
mod counted_index;
mod damage;
mod disk_space;
mod ended_runs;
mod files;
mod log_damage;
mod maintenance;
mod merged;
mod migration;
mod pairs;
mod refusals;
mod released;
mod repair;
mod suite;
mod two_copies;
mod unopenable;

use std::path::Path;

use runledger_model::ListExecutionsQuery;
use runledger_store::{
    Database, Fault, KeyStore, Repair, Result, RunStore, TenantId,
    test_suite::{run, runtime},
};
use runledger_store_sqlite::{SqliteDatabase, SqliteStore};

/// Checks the file as `runledger check` does.
fn check(path: &Path) -> Result<Vec<Fault>> {
    runtime().block_on(SqliteDatabase::new(path).check())
}

/// Repairs the file as `runledger check --repair` does.
fn repair(path: &Path) -> Result<Repair> {
    runtime().block_on(SqliteDatabase::new(path).repair())
}

/// A ledger of one tenant with 50 runs, closed.
fn ledger(path: &Path) -> TenantId {
    ledger_of(path, 50)
}

/// A ledger of one tenant with so many runs, closed.
fn ledger_of(path: &Path, runs: usize) -> TenantId {
    let store = SqliteStore::open(path).unwrap();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        store.record(tenant, (0..runs).map(|n| run(&format!("run {n}"))).collect()).await.unwrap();
        tenant
    })
}

/// The number of the tenant's runs.
fn total(path: &Path, tenant: TenantId) -> i64 {
    let store = SqliteStore::open(path).unwrap();
    let list = runtime().block_on(store.list(tenant, ListExecutionsQuery::default()));
    list.unwrap().total
}
