//! Opening files: again, after a crash, from another process, from an older version.

use std::{fs, path::Path};

use runledger_model::ListExecutionsQuery;
use runledger_store::{
    Database, KeyHash, KeyStore, NewApiKey, RunStore,
    test_suite::{run, runtime},
};
use runledger_store_sqlite::{SqliteDatabase, SqliteStore};

#[test]
fn reopening_keeps_runs_counts_and_keys() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    runtime().block_on(async {
        let hash = KeyHash::of(b"secret");
        let store = SqliteStore::open(&path).unwrap();
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        store.record(tenant, vec![run("a"), run("b")]).await.unwrap();
        let id = store.create_key(NewApiKey::of("secret", tenant)).await.unwrap();
        drop(store);
        assert!(!folder.path().join("runs.db-wal").exists(), "the log is deleted on closing");

        let store = SqliteStore::open(&path).unwrap();
        assert_eq!(store.find_or_create_tenant("one").await.unwrap(), tenant);
        let list = store.list(tenant, ListExecutionsQuery::default()).await.unwrap();
        assert_eq!((list.total, list.items.len()), (2, 2));
        assert_eq!(store.find_key(&hash).await.unwrap().unwrap().id, id);
        assert!(store.revoke_key(id).await.unwrap());
        drop(store);
        let store = SqliteStore::open(&path).unwrap();
        assert!(store.find_key(&hash).await.unwrap().unwrap().revoked);
    });
}

#[test]
fn what_was_acknowledged_survives_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    runtime().block_on(async {
        let store = SqliteStore::open(&folder.path().join("runs.db")).unwrap();
        let copy = files_after_a_crash(folder.path());
        assert!(
            SqliteStore::open(&copy.path().join("runs.db")).is_ok(),
            "after a crash of an empty database"
        );

        let tenant = store.find_or_create_tenant("one").await.unwrap();
        store.record(tenant, vec![run("a")]).await.unwrap();
        let copy = files_after_a_crash(folder.path());
        let survived = SqliteStore::open(&copy.path().join("runs.db")).unwrap();
        assert_eq!(survived.get(tenant, "a").await.unwrap(), Some(run("a")));
        let list = survived.list(tenant, ListExecutionsQuery::default()).await.unwrap();
        assert_eq!((list.total, list.items.len()), (1, 1));
    });
}

/// A copy of the file and its log as they are on disk at this moment.
pub fn files_after_a_crash(folder: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for name in ["runs.db", "runs.db-wal"] {
        if folder.join(name).exists() {
            fs::copy(folder.join(name), copy.path().join(name)).unwrap();
        }
    }
    copy
}

#[test]
fn keys_that_another_process_changes_are_followed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let (here, there) = (SqliteStore::open(&path).unwrap(), SqliteStore::open(&path).unwrap());
    runtime().block_on(async {
        let hash = KeyHash::of(b"secret");
        let tenant = there.find_or_create_tenant("one").await.unwrap();
        let id = there.create_key(NewApiKey::of("secret", tenant)).await.unwrap();
        assert!(here.find_key(&hash).await.unwrap().is_some(), "a new key works at once");
        assert!(there.revoke_key(id).await.unwrap());
        // The other store looks for changes four times a second; each of these writes waits for the
        // disk.
        for n in 0..100_000 {
            if here.find_key(&hash).await.unwrap().unwrap().revoked {
                return;
            }
            there.record(tenant, vec![run(&n.to_string())]).await.unwrap();
        }
        panic!("the revocation was not seen");
    });
}

#[test]
fn a_file_of_the_first_version_is_migrated() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.db");
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(include_str!("../../migrations/0001_runs.sql")).unwrap();
    old.execute_batch("INSERT INTO tenant (id, name) VALUES (7, 'one')").unwrap();
    let hash = KeyHash::of(b"secret");
    let sql = "INSERT INTO api_key (hash, tenant, can_read, can_write) VALUES (?1, 7, 1, 1)";
    old.execute(sql, [hash.0]).unwrap();
    old.pragma_update(None, "application_id", 0x524C_6772).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    drop(old);
    let store = SqliteStore::open(&path).unwrap();
    runtime().block_on(async {
        assert_eq!(store.find_key(&hash).await.unwrap().unwrap().tenant.0, 7);
        let listed = store.list_keys().await.unwrap();
        assert_eq!((listed[0].tenant.as_str(), listed[0].created_at), ("one", None));
    });
}

#[cfg(unix)]
#[test]
fn new_files_are_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let store = SqliteStore::serve(&path).unwrap();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        store.record(tenant, vec![run("a")]).await.unwrap();
        let database = SqliteDatabase::new(&path);
        database.backup(&folder.path().join("copy.db"), false).await.unwrap();
    });
    let entries: Vec<_> = fs::read_dir(folder.path()).unwrap().map(Result::unwrap).collect();
    assert_eq!(entries.len(), 5, "{entries:?}");
    for entry in entries {
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{entry:?}");
    }
    // The permissions of an existing file are those that its owner gave it.
    drop(store);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let store = SqliteStore::serve(&path).unwrap();
    let log = fs::metadata(folder.path().join("runs.db-wal")).unwrap();
    assert_eq!(log.permissions().mode() & 0o777, 0o640);
    drop(store);
}
