//! The suite on SQLite, and what only a file can do: be reopened, be refused, be looked into.

mod suite;

use std::{fs, path::Path, sync::Arc};

use runledger_model::ListExecutionsQuery;
use runledger_store::{KeyHash, NewApiKey, Store, StoreError, sqlite::SqliteStore};
use suite::{run, runtime};

fn fresh() -> (tempfile::TempDir, Arc<dyn Store>) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("runs.db")).unwrap();
    (folder, Arc::new(store))
}

suite::for_engine!(fresh);

#[test]
fn reopening_keeps_runs_counts_and_keys() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    runtime().block_on(async {
        let hash = KeyHash::of(b"secret");
        let store = SqliteStore::open(&path).unwrap();
        let tenant = store.tenant("one").await.unwrap();
        store.record(tenant, vec![run("a"), run("b")]).await.unwrap();
        let id = store.create_key(NewApiKey::of("secret", tenant)).await.unwrap();
        drop(store);
        assert!(!folder.path().join("runs.db-wal").exists(), "closed tidily");

        let store = SqliteStore::open(&path).unwrap();
        assert_eq!(store.tenant("one").await.unwrap(), tenant);
        let list = store.list(tenant, ListExecutionsQuery::default()).await.unwrap();
        assert_eq!((list.total, list.items.len()), (2, 2));
        assert_eq!(store.key(&hash).await.unwrap().unwrap().id, id);
        assert!(store.revoke_key(id).await.unwrap());
        drop(store);
        let store = SqliteStore::open(&path).unwrap();
        assert!(store.key(&hash).await.unwrap().unwrap().revoked);
    });
}

#[test]
fn what_was_acknowledged_survives_a_kill_at_any_moment() {
    let folder = tempfile::tempdir().unwrap();
    runtime().block_on(async {
        let store = SqliteStore::open(&folder.path().join("runs.db")).unwrap();
        let left = as_a_kill_leaves(folder.path());
        assert!(
            SqliteStore::open(&left.path().join("runs.db")).is_ok(),
            "killed while still empty"
        );

        let tenant = store.tenant("one").await.unwrap();
        store.record(tenant, vec![run("a")]).await.unwrap();
        let left = as_a_kill_leaves(folder.path());
        let survived = SqliteStore::open(&left.path().join("runs.db")).unwrap();
        assert_eq!(survived.get(tenant, "a").await.unwrap(), Some(run("a")));
        let list = survived.list(tenant, ListExecutionsQuery::default()).await.unwrap();
        assert_eq!((list.total, list.items.len()), (1, 1));
    });
}

#[test]
fn a_newer_version_that_stands_in_the_log_only_is_refused_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    drop(SqliteStore::open(&path).unwrap());
    let newer = rusqlite::Connection::open(&path).unwrap();
    newer.pragma_update(None, "user_version", 1000).unwrap();
    let left = as_a_kill_leaves(folder.path());
    let (path, log) = (left.path().join("runs.db"), left.path().join("runs.db-wal"));
    let before = (fs::read(&path).unwrap(), fs::read(&log).unwrap());
    let refused = SqliteStore::open(&path).err().unwrap().to_string();
    assert!(refused.contains("schema 1000"), "{refused}");
    assert_eq!((fs::read(&path).unwrap(), fs::read(&log).unwrap()), before);
    assert_eq!(fs::read_dir(left.path()).unwrap().count(), 2, "nothing was left beside them");
}

/// The file and its log as they are on disk at this moment, in a folder of their own.
fn as_a_kill_leaves(folder: &Path) -> tempfile::TempDir {
    let left = tempfile::tempdir().unwrap();
    for name in ["runs.db", "runs.db-wal"] {
        if folder.join(name).exists() {
            fs::copy(folder.join(name), left.path().join(name)).unwrap();
        }
    }
    left
}

#[test]
fn keys_that_another_process_changes_are_followed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let (here, there) = (SqliteStore::open(&path).unwrap(), SqliteStore::open(&path).unwrap());
    runtime().block_on(async {
        let hash = KeyHash::of(b"secret");
        let tenant = there.tenant("one").await.unwrap();
        let id = there.create_key(NewApiKey::of("secret", tenant)).await.unwrap();
        assert!(here.key(&hash).await.unwrap().is_some(), "a new key works at once");
        assert!(there.revoke_key(id).await.unwrap());
        while !here.key(&hash).await.unwrap().unwrap().revoked {
            std::thread::yield_now();
        }
    });
}

#[test]
fn a_file_of_the_first_version_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.db");
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(include_str!("../src/sqlite/schema_1.sql")).unwrap();
    old.execute_batch("INSERT INTO tenant VALUES (7, 'one')").unwrap();
    let hash = KeyHash::of(b"secret");
    let sql = "INSERT INTO api_key (hash, tenant, can_read, can_write) VALUES (?1, 7, 1, 1)";
    old.execute(sql, [hash.0]).unwrap();
    old.pragma_update(None, "application_id", 0x524C_6772).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    drop(old);
    let store = SqliteStore::open(&path).unwrap();
    runtime().block_on(async {
        assert_eq!(store.key(&hash).await.unwrap().unwrap().tenant.0, 7);
        let listed = store.keys().await.unwrap();
        assert_eq!((listed[0].tenant.as_str(), listed[0].created_at), ("one", None));
    });
}

#[test]
fn what_is_not_ours_is_refused_and_left_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let foreign = folder.path().join("foreign.db");
    rusqlite::Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    refused(&foreign, "is not a Runledger database");

    let garbage = folder.path().join("garbage.db");
    fs::write(&garbage, "dear diary, ".repeat(1000)).unwrap();
    refused(&garbage, "is not a Runledger database");
    fs::write(&garbage, "x").unwrap();
    refused(&garbage, "is not a Runledger database");

    let newer = folder.path().join("newer.db");
    drop(SqliteStore::open(&newer).unwrap());
    let connection = rusqlite::Connection::open(&newer).unwrap();
    connection.pragma_update(None, "user_version", 1000).unwrap();
    connection.pragma_update(None, "journal_mode", "DELETE").unwrap();
    drop(connection);
    refused(&newer, "written by a newer Runledger (schema 1000");

    refused(folder.path(), "cannot be read");
}

#[test]
fn what_is_damaged_is_refused_by_its_name_and_left_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.db");
    drop(SqliteStore::open(&path).unwrap());
    let whole = fs::read(&path).unwrap();
    for length in [100, 200, 4095, 4096, 8192, whole.len() / 2, whole.len() - 4096, whole.len() - 1]
    {
        fs::write(&path, &whole[..length]).unwrap();
        refused(&path, "damaged.db is damaged");
    }
    let mut torn = whole.clone();
    torn[100..4096].fill(0xA5);
    fs::write(&path, &torn).unwrap();
    refused(&path, "damaged.db is damaged");
    for version in [-1, 0] {
        fs::write(&path, &whole).unwrap();
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection.pragma_update(None, "user_version", version).unwrap();
        connection.pragma_update(None, "journal_mode", "DELETE").unwrap();
        drop(connection);
        refused(&path, &format!("its schema's version is {version}"));
    }
}

#[test]
fn an_empty_file_is_a_fresh_start() {
    let file = tempfile::NamedTempFile::new().unwrap();
    assert!(SqliteStore::open(file.path()).is_ok());
}

fn refused(path: &Path, message: &str) {
    let before = fs::read(path).ok();
    match SqliteStore::open(path) {
        Err(StoreError::Refused(error)) => assert!(error.contains(message), "{error}"),
        Err(other) => panic!("{}: {other}", path.display()),
        Ok(_) => panic!("{} was opened", path.display()),
    }
    assert_eq!(fs::read(path).ok(), before);
    for beside in ["-wal", "-shm", "-journal"] {
        let beside = format!("{}{beside}", path.display());
        assert!(!Path::new(&beside).exists(), "{beside} was left behind");
    }
}
