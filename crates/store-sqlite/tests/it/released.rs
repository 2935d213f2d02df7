//! A database of the released schema opens and returns what it contains. This pins the storage
//! codes on disk and the statements of the migrations.

use std::path::PathBuf;

use runledger_model::ListExecutionsQuery;
use runledger_store::{KeyHash, KeyStore, RunStore, StoreError, test_suite::runtime};
use runledger_store_sqlite::SqliteStore;
use rusqlite::Connection;

use crate::check;

/// A database that the fixture creates.
fn released() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("released.db");
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch(include_str!("fixtures/schema_2.sql")).unwrap();
    (folder, path)
}

#[test]
fn a_released_database_is_migrated_and_has_no_faults() {
    let (_folder, path) = released();
    assert!(matches!(check(&path), Err(StoreError::OlderSchema { found: 2, .. })));
    drop(SqliteStore::open(&path).unwrap());
    assert_eq!(check(&path).unwrap(), []);
}

/// In the fixture each run and each step has the name of its status as its id, and each step the
/// name of its type as its name.
#[test]
fn a_released_database_returns_what_it_contains() {
    let (_folder, path) = released();
    let store = SqliteStore::open(&path).unwrap();
    runtime().block_on(async {
        let tenant = store.find_tenant("one").await.unwrap().unwrap();
        let list = store.list(tenant, ListExecutionsQuery::default()).await.unwrap();
        assert_eq!((list.total, list.succeeded, list.failed), (6, 1, 1));
        let statuses: Vec<_> = list.items.iter().map(|run| run.id.as_str()).collect();
        let released = ["SUCCEEDED", "RUNNING", "PENDING", "PAUSED", "FAILED", "CANCELLED"];
        assert_eq!(statuses, released);
        for run in &list.items {
            assert_eq!(run.status.as_str(), run.id);
        }
        let run = store.get(tenant, "FAILED").await.unwrap().unwrap();
        for step in &run.steps {
            assert_eq!(
                (step.status.as_str(), step.step_type.as_str()),
                (&*step.id, &*step.step_name)
            );
        }
        let ids: Vec<_> = run.steps.iter().map(|step| step.id.as_str()).collect();
        assert_eq!(ids, ["PENDING", "RUNNING", "SUCCEEDED", "FAILED"]);
        assert_eq!((run.steps[3].attempt, run.steps[3].error.as_deref()), (4, Some("e")));
        let run = serde_json::to_value(run.metadata()).unwrap();
        let expected = serde_json::json!({
            "id": "FAILED", "workflow_id": "w", "version_id": "v", "version_display_name": "V",
            "type": "TEST", "status": "FAILED", "duration": 1.5,
            "created_at": "2025-01-04T12:00:00Z", "started_at": "2025-01-04T12:00:01Z",
            "finished_at": "2025-01-04T12:00:02.5Z",
        });
        assert_eq!(run, expected);
        let key = store.find_key(&KeyHash::of(b"secret")).await.unwrap().unwrap();
        assert_eq!((key.id, key.read, key.write), (1, true, false));
    });
}
