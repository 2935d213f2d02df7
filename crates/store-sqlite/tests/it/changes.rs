//! The last change is exact, also when another connection commits, as those of other processes do.

use runledger_store::{
    ChangeStore, KeyStore, RunFilter, RunStore,
    test_suite::{run, runtime},
};
use runledger_store_sqlite::SqliteStore;
use rusqlite::Connection;

#[test]
fn the_last_change_counts_the_commits_of_others() {
    for serves in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.db");
        let open = if serves { SqliteStore::serve } else { SqliteStore::open };
        let (store, other) = (open(&path).unwrap(), SqliteStore::open(&path).unwrap());
        runtime().block_on(async {
            let tenant = store.find_or_create_tenant("one").await.unwrap();
            let mut watch = store.watch_changes(tenant);
            let mut expected = 0;
            for number in 0..60 {
                let writer = if number % 3 == 0 { &store } else { &other };
                writer.record(tenant, vec![run(&format!("run {number}"))]).await.unwrap();
                expected += 1;
                for store in [&store, &other] {
                    assert_eq!(store.last_change(tenant).await.unwrap(), expected, "{serves}");
                }
                // The log begins anew.
                if number % 20 == 0 {
                    let connection = Connection::open(&path).unwrap();
                    connection.pragma_update(None, "wal_checkpoint", "TRUNCATE").unwrap();
                    assert_eq!(store.last_change(tenant).await.unwrap(), expected);
                }
            }
            other.delete_oldest(tenant, RunFilter::default(), 5).await.unwrap();
            assert_eq!(store.last_change(tenant).await.unwrap(), expected + 5);
            // Only the follower tells of a commit of another process.
            while *watch.borrow_and_update() < expected + 5 {
                watch.changed().await.unwrap();
            }
        });
    }
}
