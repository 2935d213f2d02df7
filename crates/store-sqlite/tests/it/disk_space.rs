//! Giving disk space back.

use std::fs;

use runledger_store::{
    ChangeStore, KeyStore, RunFilter, RunStore,
    test_suite::{run, runtime},
};
use runledger_store_sqlite::SqliteStore;

use crate::{check, ledger};

#[test]
fn the_space_of_deleted_runs_is_given_back_in_steps() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let store = SqliteStore::open(&path).unwrap();
    let step = 64 * 1024;
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        store.record(tenant, (0..3000).map(|n| run(&format!("run {n}"))).collect()).await.unwrap();
        assert_eq!(store.release_disk_space(step).await.unwrap(), 0, "nothing is free");
        store.delete_oldest(tenant, RunFilter::default(), 2900).await.unwrap();
    });
    drop(store);
    let before = fs::metadata(&path).unwrap().len();
    let store = SqliteStore::open(&path).unwrap();
    let mut released = 0;
    loop {
        let bytes = runtime().block_on(store.release_disk_space(step)).unwrap();
        assert!(bytes <= step, "{bytes}");
        released += bytes;
        if bytes == 0 {
            break;
        }
    }
    drop(store);
    let after = fs::metadata(&path).unwrap().len();
    assert_eq!(before - after, released);
    assert!(after < before / 3, "{before} {after}");
    assert_eq!(check(&path).unwrap(), []);
}

#[test]
fn deletions_of_a_month_ago_are_forgotten_where_nothing_else_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let tenant = ledger(&path);
    let delete = |max| {
        let store = SqliteStore::open(&path).unwrap();
        runtime().block_on(async {
            store.delete_oldest(tenant, RunFilter::default(), max).await.unwrap();
            let changes = store.changes(tenant, 0, 1000).await.unwrap();
            (changes.changes.len(), changes.deletions_after)
        })
    };
    assert_eq!(delete(50), (50, 0));
    assert_eq!(delete(50), (50, 0));
    let file = rusqlite::Connection::open(&path).unwrap();
    file.execute_batch("UPDATE deleted_run SET deleted_at = 0").unwrap();
    drop(file);
    assert_eq!(delete(50), (0, 100));
    assert_eq!(check(&path).unwrap(), []);
}
