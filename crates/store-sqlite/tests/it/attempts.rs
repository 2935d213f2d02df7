//! Earlier attempts of runs in a file.

use std::path::Path;

use runledger_model::WorkflowRunDetail;
use runledger_store::{
    KeyStore, RunStore, Salvage, TenantId,
    test_suite::{run, runtime},
};
use runledger_store_sqlite::SqliteStore;
use rusqlite::Connection;

use crate::{check, repair};

/// A ledger of ten runs, each with three attempts, closed.
fn ledger(path: &Path) -> TenantId {
    let store = SqliteStore::open(path).unwrap();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        for attempt in [2, 1, 3] {
            let runs = (0..10).map(|n| WorkflowRunDetail { attempt, ..run(&format!("run {n}")) });
            store.record(tenant, runs.collect()).await.unwrap();
        }
        tenant
    })
}

fn attempts(path: &Path, tenant: TenantId, id: &str) -> Vec<i32> {
    let store = SqliteStore::open(path).unwrap();
    let run = runtime().block_on(store.get(tenant, id)).unwrap().unwrap();
    run.attempts.iter().map(|attempt| attempt.attempt).collect()
}

fn rows(path: &Path) -> i64 {
    let connection = Connection::open(path).unwrap();
    connection.query_row("SELECT count(*) FROM earlier_attempt", [], |row| row.get(0)).unwrap()
}

#[test]
fn earlier_attempts_are_checked_and_deleted_with_their_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let tenant = ledger(&path);
    assert_eq!((check(&path).unwrap(), rows(&path)), (vec![], 20));
    assert_eq!(attempts(&path, tenant, "run 3"), [1, 2, 3]);
    let store = SqliteStore::open(&path).unwrap();
    assert!(runtime().block_on(store.delete(tenant, "run 3")).unwrap());
    drop(store);
    assert_eq!((check(&path).unwrap(), rows(&path)), (vec![], 18));
    let connection = Connection::open(&path).unwrap();
    connection.execute("DELETE FROM step", []).unwrap();
    connection.execute("DELETE FROM run WHERE pk = 1", []).unwrap();
    drop(connection);
    let faults = check(&path).unwrap();
    let message = "an earlier attempt of no run: 1";
    assert!(faults.iter().any(|fault| fault.message == message), "{faults:?}");
}

#[test]
fn an_altered_or_lost_attempt_is_found_and_the_others_are_saved() {
    for sql in [
        "UPDATE earlier_attempt SET content = replace(content, 'send_email', 'send_emaik')
         WHERE run = (SELECT min(run) FROM earlier_attempt) AND attempt = 1",
        "DELETE FROM earlier_attempt
         WHERE run = (SELECT min(run) FROM earlier_attempt) AND attempt = 1",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.db");
        let tenant = ledger(&path);
        let connection = Connection::open(&path).unwrap();
        assert_eq!(connection.execute(sql, []).unwrap(), 1, "{sql}");
        drop(connection);
        let faults = check(&path).unwrap();
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].message.contains("is altered"), "{faults:?}");
        let Salvage { saved_runs, altered_runs, lost_runs, .. } =
            repair(&path).unwrap().salvage.unwrap();
        assert_eq!((saved_runs, altered_runs.len(), lost_runs), (10, 1, vec![]));
        assert_eq!(check(&path).unwrap(), []);
        assert_eq!(attempts(&path, tenant, &altered_runs[0].id), [2, 3]);
        assert_eq!(attempts(&path, tenant, "run 7"), [1, 2, 3]);
    }
}
