//! A database of a released schema opens and returns what it contains. This pins the storage codes
//! on disk and the statements of the migrations.

use std::path::PathBuf;

use runledger_model::{ListExecutionsQuery, RunPatch, StepStatus, WorkflowRunStatus};
use runledger_store::{KeyHash, KeyStore, RunStore, StoreError, UpdateStore, test_suite::runtime};
use runledger_store_sqlite::SqliteStore;
use rusqlite::Connection;

use crate::check;

const SCHEMA_2: &str = include_str!("fixtures/schema_2.sql");
const SCHEMA_5: &str = include_str!("fixtures/schema_5.sql");

/// A database that the fixture creates.
fn released(fixture: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("released.db");
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch(fixture).unwrap();
    (folder, path)
}

#[test]
fn a_released_database_is_migrated_and_has_no_faults() {
    for (version, fixture) in [(2, SCHEMA_2), (5, SCHEMA_5)] {
        let (_folder, path) = released(fixture);
        let refused = check(&path).unwrap_err();
        assert!(
            matches!(refused, StoreError::OlderSchema { found, .. } if found == version),
            "{refused}"
        );
        drop(SqliteStore::open(&path).unwrap());
        assert_eq!(check(&path).unwrap(), [], "{version}");
    }
}

/// In the fixture of schema 2 each run and each step has the name of its status as its id, and each
/// step the name of its type as its name.
#[test]
fn a_released_database_returns_what_it_contains() {
    let (_folder, path) = released(SCHEMA_2);
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

/// The fixture of schema 5 has a run with the attempts 1, 2 and 4, one whose steps are merged one
/// by one, one that was ended because its recorder was silent, and a live one.
#[test]
fn attempts_pairs_and_heartbeats_are_those_of_the_released_database() {
    let (_folder, path) = released(SCHEMA_5);
    let store = SqliteStore::open(&path).unwrap();
    runtime().block_on(async {
        let tenant = store.find_tenant("one").await.unwrap().unwrap();
        for (filter, expected) in [
            ("metadata=env:prod", vec!["merged", "attempts"]),
            ("metadata=env:prod&metadata=a:4", vec!["attempts"]),
            ("metadata=a:1", vec![]),
            ("metadata=env:test", vec!["lost"]),
        ] {
            let query = ListExecutionsQuery::parse(filter).unwrap();
            let list = store.list(tenant, query).await.unwrap();
            let ids: Vec<_> = list.items.iter().map(|run| run.id.as_str()).collect();
            assert_eq!((ids, list.total), (expected.clone(), expected.len() as i64), "{filter}");
        }
        let run = store.get_attempt(tenant, "attempts", 2).await.unwrap().unwrap();
        let attempts: Vec<_> = run.attempts.iter().map(|attempt| attempt.attempt).collect();
        assert_eq!((attempts, run.steps[0].iteration), (vec![1, 2, 4], Some(2)));
        let heartbeats = store.heartbeats().await.unwrap();
        let heard: Vec<_> = heartbeats.iter().map(|beat| (&*beat.id, beat.timeout)).collect();
        assert_eq!(heard, [("heard", 86_400)]);
        let patch = |id, body: &str| RunPatch::from_json(id, body.as_bytes()).unwrap();
        let step = patch("merged", r#"{"steps":[{"id":"b","status":"FAILED"}]}"#);
        store.patch(tenant, step, None, usize::MAX).await.unwrap().unwrap();
        let run = store.get(tenant, "merged").await.unwrap().unwrap();
        let steps: Vec<_> = run.steps.iter().map(|step| (&*step.id, step.status)).collect();
        assert_eq!(steps, [("a", StepStatus::Succeeded), ("b", StepStatus::Failed)]);
        // The run that was ended goes on.
        let alive = store.patch(tenant, patch("lost", "{}"), None, usize::MAX).await.unwrap();
        assert_eq!(alive.unwrap().run.status, WorkflowRunStatus::Running);
    });
    drop(store);
    assert_eq!(check(&path).unwrap(), []);
}

/// A program wrote files of schema 5 whose pairs had a hash already.
#[test]
fn pairs_that_have_a_hash_already_are_migrated() {
    let (_folder, path) = released(SCHEMA_5);
    let connection = Connection::open(&path).unwrap();
    let sql = "
        ALTER TABLE metadata_pair RENAME TO old;
        CREATE TABLE metadata_pair (
            id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, hash INTEGER NOT NULL,
            pair TEXT NOT NULL
        ) STRICT;
        INSERT INTO metadata_pair (id, tenant, hash, pair) SELECT id, tenant, 1, pair FROM old;
        DROP TABLE old;
        CREATE INDEX metadata_pair_by_hash ON metadata_pair (tenant, hash);";
    connection.execute_batch(sql).unwrap();
    drop(connection);
    drop(SqliteStore::open(&path).unwrap());
    assert_eq!(check(&path).unwrap(), []);
}
