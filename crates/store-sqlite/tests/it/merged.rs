//! Runs whose steps are merged one by one, as they are on disk.

use std::path::Path;

use runledger_model::{RunPatch, WorkflowRunDetail};
use runledger_store::{KeyStore, RunStore, TenantId, UpdateStore, test_suite::runtime};
use runledger_store_sqlite::SqliteStore;
use rusqlite::Connection;

use crate::{check, repair};

/// A ledger with one run, whose steps were merged in reverse order.
fn merged_ledger(path: &Path) -> (TenantId, WorkflowRunDetail) {
    let store = SqliteStore::open(path).unwrap();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        for second in (0..30).rev() {
            let body = format!(
                r#"{{"workflow_id":"w","created_at":"2025-01-04T12:00:00Z","heartbeat_timeout":60,
                "steps":[{{"id":"s{second}","created_at":"2025-01-04T12:00:{second:02}Z"}}]}}"#
            );
            let patch = RunPatch::from_json("r", body.as_bytes()).unwrap();
            store.patch(tenant, patch, None, 1_000_000).await.unwrap().unwrap();
        }
        let run = store.get(tenant, "r").await.unwrap().unwrap();
        assert_eq!((run.steps[0].id.as_str(), run.step_count), ("s0", 30));
        (tenant, run)
    })
}

fn change(path: &Path, sql: &str) {
    let file = Connection::open(path).unwrap();
    assert!(file.execute(sql, []).unwrap() > 0, "{sql}");
}

#[test]
fn a_check_finds_what_was_changed() {
    for (sql, fault) in [
        ("UPDATE step SET step_name = 'x' WHERE position = -7", "differs from its checksum"),
        ("DELETE FROM step WHERE position = -7", "differs from its checksum"),
        ("UPDATE merged_run SET steps = steps + 1", "sums of the steps"),
        ("UPDATE merged_run SET bytes = bytes + 1", "sums of the steps"),
        ("UPDATE merged_run SET checksum = checksum - 1", "sums of the steps"),
        ("INSERT INTO merged_run (run, steps, bytes, checksum) VALUES (99, 0, 0, 0)", "of no run"),
        ("UPDATE heartbeat SET run = 99", "a heartbeat of no run"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.db");
        merged_ledger(&path);
        assert_eq!(check(&path).unwrap(), []);
        change(&path, sql);
        let faults = check(&path).unwrap();
        assert!(faults.iter().any(|it| it.to_string().contains(fault)), "{sql}: {faults:?}");
    }
}

/// What the file's log grew by while steps were recorded one by one, in pages for each.
fn pages_for_each(path: &Path, steps_before: usize) -> u64 {
    const SINGLE: u64 = 40;
    // A page in the log has a header of 24 bytes.
    const PAGE_BYTES: u64 = 4096 + 24;
    let store = SqliteStore::open(path).unwrap();
    let log = path.with_extension("db-wal");
    let log_bytes = || std::fs::metadata(&log).unwrap().len();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        let patch = async |steps: &[String]| {
            let body = format!(r#"{{"workflow_id":"w","steps":[{}]}}"#, steps.join(","));
            let patch = RunPatch::from_json("r", body.as_bytes()).unwrap();
            store.patch(tenant, patch, None, usize::MAX).await.unwrap().unwrap();
        };
        let step = |number: usize| format!(r#"{{"id":"s{number}","status":"SUCCEEDED"}}"#);
        patch(&(0..steps_before).map(step).collect::<Vec<_>>()).await;
        let before = log_bytes();
        for number in 0..SINGLE as usize {
            patch(&[step(steps_before + number)]).await;
        }
        (log_bytes() - before).div_ceil(PAGE_BYTES * SINGLE)
    })
}

#[test]
fn a_single_step_writes_few_pages_however_many_the_run_has() {
    let folder = tempfile::tempdir().unwrap();
    let few = pages_for_each(&folder.path().join("few.db"), 1);
    let many = pages_for_each(&folder.path().join("many.db"), 3000);
    assert!((1..=7).contains(&few) && (1..=8).contains(&many), "{few}, {many}");
}

#[test]
fn a_repaired_file_has_the_run_and_its_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let (tenant, run) = merged_ledger(&path);
    change(&path, "UPDATE merged_run SET steps = steps + 1");
    repair(&path).unwrap();
    assert_eq!(check(&path).unwrap(), []);
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(runtime().block_on(store.get(tenant, "r")).unwrap(), Some(run));
}

#[test]
fn nothing_of_a_deleted_run_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let (tenant, _) = merged_ledger(&path);
    let store = SqliteStore::open(&path).unwrap();
    assert!(runtime().block_on(store.delete(tenant, "r")).unwrap());
    drop(store);
    let file = Connection::open(&path).unwrap();
    for table in ["run", "step", "merged_run", "heartbeat"] {
        let sql = format!("SELECT count(*) FROM {table}");
        assert_eq!(file.query_row(&sql, [], |row| row.get(0)), Ok(0), "{table}");
    }
}
