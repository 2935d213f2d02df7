//! What somebody does with a file who looks after it: serve it once, check it, mend it, back it up.

#[allow(dead_code, unused_macros, unused_imports, reason = "the suite itself runs in another file")]
mod suite;

use std::{fs, path::Path};

use runledger_model::ListExecutionsQuery;
use runledger_store::{
    KeyHash, NewApiKey, Store, TenantId,
    sqlite::{SqliteStore, backup, check, repair},
};
use rusqlite::Connection;
use suite::{run, runtime};

/// A ledger of one tenant with some runs, closed.
fn ledger(path: &Path) -> TenantId {
    let store = SqliteStore::open(path).unwrap();
    runtime().block_on(async {
        let tenant = store.tenant("one").await.unwrap();
        store.record(tenant, (0..50).map(|n| run(&format!("run {n}"))).collect()).await.unwrap();
        tenant
    })
}

fn total(path: &Path, tenant: TenantId) -> i64 {
    let store = SqliteStore::open(path).unwrap();
    let list = runtime().block_on(store.list(tenant, ListExecutionsQuery::default()));
    list.unwrap().total
}

#[test]
fn one_process_serves_and_others_may_still_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let tenant = ledger(&path);
    let serving = SqliteStore::serve(&path).unwrap();
    let refused = SqliteStore::serve(&path).err().unwrap().to_string();
    assert!(refused.contains("is being served by another process"), "{refused}");
    assert!(repair(&path).unwrap_err().to_string().contains("is being served"), "nor repaired");
    let beside = SqliteStore::open(&path).unwrap();
    runtime().block_on(async {
        beside.record(tenant, vec![run("from beside")]).await.unwrap();
        assert!(serving.get(tenant, "from beside").await.unwrap().is_some());
    });
    drop((serving, beside));
    assert!(SqliteStore::serve(&path).is_ok(), "the mark goes with who set it");
}

#[test]
fn an_older_file_is_not_migrated_under_whoever_serves_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    ledger(&path);
    let serving = SqliteStore::serve(&path).unwrap();
    // As a program of the version before would leave it.
    let older = Connection::open(&path).unwrap();
    older.pragma_update(None, "user_version", 1).unwrap();
    older.pragma_update(None, "wal_checkpoint", "TRUNCATE").unwrap();
    let refused = SqliteStore::open(&path).err().unwrap().to_string();
    assert!(refused.contains("is being served"), "{refused}");
    drop(serving);
}

#[test]
fn a_file_that_somebody_writes_to_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    ledger(&path);
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = SqliteStore::serve(&path).err().unwrap().to_string();
    assert!(refused.contains("in use for writing by another process"), "{refused}");
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
        let refused = SqliteStore::serve(&path).err().unwrap().to_string();
        assert!(refused.contains("runledger check"), "{refused}");
        assert!(fs::read(&path).unwrap() == damaged, "it was changed");
        // The check says so, too: as faults, or that it cannot even look.
        assert!(check(&path).map_or(true, |faults| !faults.is_empty()));
    }
}

/// A process that is killed while it makes the file leaves a part of it, and a journal that says so.
#[test]
fn a_half_made_file_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    ledger(&path);
    let made = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let making = Connection::open(&path).unwrap();
    // Enough for it to be written before the end, which never comes.
    making
        .execute_batch("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN; CREATE TABLE t (x);")
        .unwrap();
    for _ in 0..100 {
        making.execute("INSERT INTO t VALUES (zeroblob(4000))", []).unwrap();
    }
    let journal = fs::read(folder.path().join("runs.db-journal")).unwrap();
    drop(making);
    fs::write(&path, &made[..made.len() / 2]).unwrap();
    fs::write(folder.path().join("runs.db-journal"), journal).unwrap();
    let tenant = ledger(&path);
    assert_eq!(check(&path).unwrap(), []);
    assert_eq!(total(&path, tenant), 50);
}

#[test]
fn what_is_wrong_is_found_and_what_can_be_derived_is_mended() {
    for (break_it, what, repairable) in [
        (
            "UPDATE run_count SET n = n + 1 WHERE grain = 1 AND workflow = 0 AND status = 0",
            "there are 50 runs",
            true,
        ),
        ("DELETE FROM run_count WHERE grain = 2", "is 0 but there are 50 runs", true),
        ("INSERT INTO run_count VALUES (1, 77, 0, 0, 0, 5)", "is 5 but there are 0 runs", true),
        ("DROP INDEX run_by_status", "the index run_by_status is missing", true),
        (
            "DROP INDEX run_by_status; CREATE INDEX run_by_status ON run (created_at)",
            "the index run_by_status is missing, or not as",
            true,
        ),
        (
            "DROP TABLE run_count; CREATE TABLE run_count (n INTEGER)",
            "the table run_count is missing, or not as",
            true,
        ),
        ("DROP TABLE run_count", "the table run_count is missing", true),
        ("DROP TRIGGER key_revoked", "the trigger key_revoked is missing", false),
        ("DELETE FROM workflow", "a run whose tenant, workflow, version or type", false),
        ("UPDATE run SET status = 9 WHERE id = 'run 7'", "does not exist: run 7", false),
        ("DELETE FROM run WHERE id = 'run 7'", "a step of no run", false),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.db");
        let tenant = ledger(&path);
        assert_eq!(check(&path).unwrap(), [], "{break_it}");
        Connection::open(&path).unwrap().execute_batch(break_it).unwrap();
        let faults = check(&path).unwrap();
        let fault = faults.iter().find(|fault| fault.what.contains(what));
        let fault = fault.unwrap_or_else(|| panic!("{break_it}: {faults:?}"));
        assert_eq!(fault.repairable, repairable, "{break_it}");
        repair(&path).unwrap();
        assert_eq!(check(&path).unwrap().is_empty(), repairable, "{break_it}");
        if repairable {
            assert_eq!(total(&path, tenant), 50, "{break_it}");
        }
    }
}

#[test]
fn a_backup_is_a_ledger_of_one_moment() {
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
    assert!(runtime().block_on(copied.key(&KeyHash::of(b"secret"))).unwrap().is_some());

    let before = fs::read(&path).unwrap();
    let refused = backup(&copy, &path).unwrap_err().to_string();
    assert!(refused.contains("nothing is overwritten"), "{refused}");
    assert!(fs::read(&path).unwrap() == before);
    assert!(backup(&path, &folder.path().join("no/such/folder.db")).is_err());
    assert!(backup(&folder.path().join("absent.db"), &folder.path().join("new.db")).is_err());
    assert!(!folder.path().join("new.db").exists() && !folder.path().join("absent.db").exists());
}

#[test]
fn when_a_key_was_last_used_is_kept() {
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
            store.key(&KeyHash::of(secret.as_bytes())).await.unwrap();
        }
        drop(store);
        let listed = SqliteStore::open(&path).unwrap().keys().await.unwrap();
        let used: Vec<_> = listed.iter().map(|key| key.last_used_at.is_some()).collect();
        assert_eq!(used, [true, false, false]);
        assert!(listed[0].last_used_at >= listed[0].created_at);
    });
}
