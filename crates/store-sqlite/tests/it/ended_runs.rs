//! Runs that were ended because their recorders were silent.

use std::path::Path;

use runledger_model::{RunPatch, WorkflowRunStatus};
use runledger_store::{
    KeyStore, RunStore, TenantId, UpdateStore,
    test_suite::{run, runtime},
};
use runledger_store_sqlite::SqliteStore;
use rusqlite::Connection;

use crate::{check, repair};

/// A ledger with two runs that were ended so, and one of which a repair must save the others.
fn ledger(path: &Path) -> TenantId {
    let store = SqliteStore::open(path).unwrap();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        store.record(tenant, vec![run("damaged")]).await.unwrap();
        for id in ["first", "second"] {
            let body = br#"{"workflow_id":"w","status":"RUNNING","heartbeat_timeout":1}"#;
            let live = RunPatch::from_json(id, body).unwrap();
            store.patch(tenant, live, None, usize::MAX).await.unwrap().unwrap();
        }
        for heartbeat in store.heartbeats().await.unwrap() {
            assert!(store.end_lost(heartbeat).await.unwrap());
        }
        tenant
    })
}

fn damage(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

/// The status after an empty PATCH.
fn status_after_sign_of_life(path: &Path, tenant: TenantId, id: &str) -> WorkflowRunStatus {
    let store = SqliteStore::open(path).unwrap();
    let patch = RunPatch::from_json(id, b"{}").unwrap();
    let patched = runtime().block_on(store.patch(tenant, patch, None, usize::MAX)).unwrap();
    patched.unwrap().run.status
}

#[test]
fn a_repaired_run_can_go_on_that_was_ended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let tenant = ledger(&path);
    damage(
        &path,
        "UPDATE run SET status = 9 WHERE pk = 1;
         UPDATE heartbeat SET before_loss = '{}' WHERE run = 3",
    );
    let salvage = repair(&path).unwrap().salvage.unwrap();
    assert_eq!(salvage.saved_runs, 2);
    let lost = "the state of the run \"second\" of tenant \"one\" before its end as LOST";
    assert_eq!(salvage.lost_others, [lost]);
    assert_eq!(check(&path).unwrap(), []);
    let status = |id| status_after_sign_of_life(&path, tenant, id);
    assert_eq!(status("first"), WorkflowRunStatus::Running);
    assert_eq!(status("second"), WorkflowRunStatus::Failed);
    assert_eq!(check(&path).unwrap(), []);
}
