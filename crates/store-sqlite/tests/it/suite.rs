//! The suite of all engines.

use std::sync::Arc;

use runledger_store::Store;
use runledger_store_sqlite::SqliteStore;

fn new_store() -> (tempfile::TempDir, Arc<dyn Store>) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("runs.db")).unwrap();
    (folder, Arc::new(store))
}

runledger_store::test_suite!(new_store);
