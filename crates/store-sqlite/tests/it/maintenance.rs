//! Serving, checking, repairing and backing up a file.

use std::{fs, path::Path};

use runledger_store::{
    Database, KeyHash, KeyStore, NewApiKey, Result, RunStore, StoreError,
    test_suite::{run, runtime},
};
use runledger_store_sqlite::{SqliteDatabase, SqliteStore};
use rusqlite::Connection;

use crate::{check, ledger, repair, total};

fn backup(path: &Path, file: &Path) -> Result<()> {
    runtime().block_on(SqliteDatabase::new(path).backup(file, false))
}

#[test]
fn one_process_serves_and_others_may_still_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let tenant = ledger(&path);
    let serving = SqliteStore::serve(&path).unwrap();
    assert!(matches!(SqliteStore::serve(&path).err(), Some(StoreError::InUse { .. })));
    assert!(matches!(repair(&path), Err(StoreError::InUse { .. })));
    let beside = SqliteStore::open(&path).unwrap();
    runtime().block_on(async {
        beside.record(tenant, vec![run("from beside")]).await.unwrap();
        assert!(serving.get(tenant, "from beside").await.unwrap().is_some());
    });
    drop((serving, beside));
    assert!(SqliteStore::serve(&path).is_ok(), "the lock is released");
}

#[test]
fn an_older_file_is_not_migrated_while_it_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    ledger(&path);
    let serving = SqliteStore::serve(&path).unwrap();
    // The file of an older program.
    let older = Connection::open(&path).unwrap();
    older.pragma_update(None, "user_version", 1).unwrap();
    older.pragma_update(None, "wal_checkpoint", "TRUNCATE").unwrap();
    assert!(matches!(SqliteStore::open(&path).err(), Some(StoreError::InUse { .. })));
    drop(serving);
}

#[test]
fn a_file_whose_write_lock_is_held_is_not_served() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    ledger(&path);
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(matches!(SqliteStore::serve(&path).err(), Some(StoreError::Locked { .. })));
    other.execute_batch("ROLLBACK").unwrap();
    assert!(SqliteStore::serve(&path).is_ok());
}

#[test]
fn a_damaged_file_is_not_served() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    ledger(&path);
    let whole = fs::read(&path).unwrap();
    let mut torn = whole.clone();
    torn[8192..12288].fill(0xA5);
    for damaged in [&whole[..whole.len() / 2], &torn] {
        fs::write(&path, damaged).unwrap();
        assert!(matches!(SqliteStore::serve(&path).err(), Some(StoreError::Damaged { .. })));
        assert!(fs::read(&path).unwrap() == damaged, "it was changed");
        assert!(!check(&path).unwrap().is_empty());
    }
}

/// A process that is killed while it creates the file leaves a part of it and a journal.
#[test]
fn a_file_whose_creation_was_interrupted_is_created_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    ledger(&path);
    let whole = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let creating = Connection::open(&path).unwrap();
    // More than the cache holds, so that a part is written before the commit, which never happens.
    creating
        .execute_batch("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN; CREATE TABLE t (x);")
        .unwrap();
    for _ in 0..100 {
        creating.execute("INSERT INTO t VALUES (zeroblob(4000))", []).unwrap();
    }
    let journal = fs::read(folder.path().join("runs.db-journal")).unwrap();
    drop(creating);
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    fs::write(folder.path().join("runs.db-journal"), journal).unwrap();
    let tenant = ledger(&path);
    assert_eq!(check(&path).unwrap(), []);
    assert_eq!(total(&path, tenant), 50);
}

#[test]
fn a_backup_is_a_database_of_one_moment() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("runs.db"), folder.path().join("copy.db"));
    let tenant = ledger(&path);
    let serving = SqliteStore::serve(&path).unwrap();
    runtime().block_on(serving.create_key(NewApiKey::of("secret", tenant))).unwrap();
    backup(&path, &copy).unwrap();
    runtime().block_on(serving.record(tenant, vec![run("later")])).unwrap();
    assert_eq!(check(&copy).unwrap(), []);
    assert_eq!((total(&path, tenant), total(&copy, tenant)), (51, 50));
    let copied = SqliteStore::serve(&copy).unwrap();
    assert!(runtime().block_on(copied.find_key(&KeyHash::of(b"secret"))).unwrap().is_some());

    let before = fs::read(&path).unwrap();
    assert!(matches!(backup(&copy, &path), Err(StoreError::AlreadyExists { .. })));
    assert!(fs::read(&path).unwrap() == before);
    let itself = runtime().block_on(SqliteDatabase::new(&path).backup(&path, true));
    assert!(matches!(itself, Err(StoreError::InvalidTarget { .. })));
    assert!(fs::read(&path).unwrap() == before);
    let served = runtime().block_on(SqliteDatabase::new(&path).backup(&copy, true));
    assert!(matches!(served, Err(StoreError::InUse { .. })));
    drop(copied);
    runtime().block_on(SqliteDatabase::new(&path).backup(&copy, true)).unwrap();
    assert_eq!((check(&copy).unwrap(), total(&copy, tenant)), (vec![], 51));
    let nowhere = backup(&path, &folder.path().join("no/such/folder.db"));
    assert!(matches!(nowhere, Err(StoreError::NotWritable { .. })));
    let absent = backup(&folder.path().join("absent.db"), &folder.path().join("new.db"));
    assert!(matches!(absent, Err(StoreError::Missing { .. })));
    assert!(!folder.path().join("new.db").exists() && !folder.path().join("absent.db").exists());
}

#[test]
fn the_last_use_of_a_key_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let tenant = ledger(&path);
    runtime().block_on(async {
        let store = SqliteStore::open(&path).unwrap();
        store.create_key(NewApiKey::of("used", tenant)).await.unwrap();
        store.create_key(NewApiKey::of("not used", tenant)).await.unwrap();
        let revoked = store.create_key(NewApiKey::of("revoked", tenant)).await.unwrap();
        store.revoke_key(revoked).await.unwrap();
        for secret in ["used", "revoked"] {
            store.find_key(&KeyHash::of(secret.as_bytes())).await.unwrap();
        }
        drop(store);
        let listed = SqliteStore::open(&path).unwrap().list_keys().await.unwrap();
        let used: Vec<_> = listed.iter().map(|key| key.last_used_at.is_some()).collect();
        assert_eq!(used, [true, false, false]);
        assert!(listed[0].last_used_at >= listed[0].created_at);
    });
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_leads_to_the_lock_and_the_log_of_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let (path, link) = (folder.path().join("runs.db"), folder.path().join("link.db"));
    let tenant = ledger(&path);
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let serve = |path: &Path| runtime().block_on(SqliteDatabase::new(path).serve());
    let served = serve(&link).unwrap();
    assert!(matches!(serve(&path), Err(StoreError::InUse { .. })));
    runtime().block_on(served.record(tenant, vec![run("linked")])).unwrap();
    drop(served);
    assert_eq!(total(&path, tenant), 51);
    assert!(!folder.path().join("link.db-serving").exists());

    // A link to a file that does not exist yet.
    let (new, link) = (folder.path().join("new.db"), folder.path().join("new-link.db"));
    std::os::unix::fs::symlink("new.db", &link).unwrap();
    drop(serve(&link).unwrap());
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&new).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
}

#[cfg(unix)]
#[test]
fn a_file_with_two_names_is_refused_until_one_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let (path, other) = (folder.path().join("runs.db"), folder.path().join("other.db"));
    let tenant = ledger(&path);
    fs::hard_link(&path, &other).unwrap();
    for path in [&path, &other] {
        let error = runtime().block_on(SqliteDatabase::new(path).serve()).err().unwrap();
        assert!(matches!(error, StoreError::HardLinked { names: 2, .. }), "{error}");
        assert!(matches!(check(path), Err(StoreError::HardLinked { .. })));
    }
    fs::remove_file(&other).unwrap();
    assert_eq!(total(&path, tenant), 50);
}
