//! Giving disk space back.

use std::fs;

use runledger_store::{
    KeyStore, RunFilter, RunStore,
    test_suite::{run, runtime},
};
use runledger_store_sqlite::SqliteStore;

use crate::check;

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
