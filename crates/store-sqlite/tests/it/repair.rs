//! Faults that SQLite's own check does not see or cannot name, and their repair.

use std::{fs, path::Path};

use runledger_model::ListExecutionsQuery;
use runledger_store::{
    ChangeStore, Database, KeyHash, KeyStore, NewApiKey, RunName, RunStore, Salvage, StoreError,
    test_suite::{run, runtime},
};
use runledger_store_sqlite::{SqliteDatabase, SqliteStore};
use rusqlite::Connection;

use crate::{check, ledger, repair, total};

fn damage(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn what_is_derived_is_rebuilt_without_loss() {
    for (sql, message) in [
        (
            "UPDATE run_block SET runs = runs + 1 WHERE workflow = 0 AND status = 0",
            "a block counts 51 runs and has 50",
        ),
        ("DELETE FROM run_block WHERE status = 3", "50 runs are not counted"),
        (
            "INSERT INTO run_block (tenant, workflow, status, level, bound, runs)
             VALUES (1, 99, 0, 0, x'', 1)",
            "tenant 1, workflow 99, status 0 (0 is any) are wrong: a block counts 1 runs and has 0",
        ),
        ("DROP INDEX run_by_status", "the index run_by_status is missing"),
        (
            "DROP INDEX run_by_status; CREATE INDEX run_by_status ON run (created_at)",
            "the index run_by_status is missing or differs",
        ),
        (
            "DROP TABLE run_block; CREATE TABLE run_block (n INTEGER)",
            "the table run_block is missing or differs",
        ),
        ("DROP TABLE run_block", "the table run_block is missing"),
        ("UPDATE workflow SET newest = NULL", "the newest run of workflow"),
        ("UPDATE workflow SET newest = x'ff'", "the newest run of workflow"),
        ("UPDATE tenant SET last_change = 49", "the last change of tenant one"),
        (
            "INSERT INTO deleted_run (tenant, change, id, deleted_at)
             SELECT tenant, 51, id, 0 FROM run WHERE pk = 8; UPDATE tenant SET last_change = 51",
            "a deletion is noted that has not taken place: run 7",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.db");
        let tenant = ledger(&path);
        assert_eq!(check(&path).unwrap(), [], "{sql}");
        damage(&path, sql);
        let faults = check(&path).unwrap();
        assert!(faults.iter().all(|fault| fault.is_derived), "{faults:?}");
        assert!(faults.iter().any(|fault| fault.message.contains(message)), "{sql}: {faults:?}");
        let repair = repair(&path).unwrap();
        assert_eq!((repair.found, repair.salvage), (faults, None), "{sql}");
        assert_eq!((check(&path).unwrap(), total(&path, tenant)), (vec![], 50), "{sql}");
    }
}

#[test]
fn pairs_of_metadata_are_rebuilt_without_loss() {
    for (sql, message) in [
        (
            "DELETE FROM run_block WHERE workflow < 0",
            "the counts of tenant 1, pair of metadata 1, status",
        ),
        ("DELETE FROM run_pair WHERE run = 7", "is missing under its metadata \"env:prod\""),
        ("UPDATE run_pair SET run = 8 WHERE run = 7", "is missing under its metadata"),
        (
            "INSERT INTO run_pair (pair, status, created_at, id, run)
             SELECT pair, status, created_at + 1, id, run FROM run_pair WHERE run = 7",
            "runs stand under pairs of metadata, not",
        ),
        (
            "UPDATE metadata_pair SET pair = 'env:other' WHERE id = 1",
            "is missing under its metadata",
        ),
        (
            "INSERT INTO metadata_pair (tenant, hash, pair) VALUES (1, 1, 'a:b')",
            "1 pairs of metadata are those of no run",
        ),
        ("UPDATE metadata_pair SET hash = 7 WHERE id = 1", "is missing under its metadata"),
        ("DROP INDEX metadata_pair_by_hash", "the index metadata_pair_by_hash is missing"),
        ("DROP TABLE metadata_pair", "the table metadata_pair is missing"),
        ("DROP TABLE run_pair", "the table run_pair is missing"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.db");
        let runs = (0..9).map(|number| {
            let mut run = run(&format!("run {number}"));
            run.metadata.insert("env".into(), "prod".into());
            run.metadata.insert("number".into(), (number % 4).to_string());
            run
        });
        let store = SqliteStore::open(&path).unwrap();
        let tenant = runtime().block_on(async {
            let tenant = store.find_or_create_tenant("one").await.unwrap();
            store.record(tenant, runs.collect()).await.unwrap();
            tenant
        });
        drop(store);
        assert_eq!(check(&path).unwrap(), [], "{sql}");
        damage(&path, sql);
        let faults = check(&path).unwrap();
        assert!(faults.iter().all(|fault| fault.is_derived), "{faults:?}");
        assert!(faults.iter().any(|fault| fault.message.contains(message)), "{sql}: {faults:?}");
        assert_eq!(repair(&path).unwrap().salvage, None, "{sql}");
        assert_eq!(check(&path).unwrap(), [], "{sql}");
        let query = ListExecutionsQuery::parse("metadata=env:prod&metadata=number:3").unwrap();
        let store = SqliteStore::open(&path).unwrap();
        assert_eq!(runtime().block_on(store.list(tenant, query)).unwrap().total, 2);
    }
}

#[test]
fn what_can_be_read_is_saved_and_the_rest_is_named() {
    for (sql, message, lost, altered) in [
        ("DROP TRIGGER key_revoked", "the trigger key_revoked is missing", 0, 0),
        ("DELETE FROM run WHERE pk = 8", "a step of no run", 0, 0),
        ("UPDATE run SET status = 9 WHERE pk = 8", "unknown status: run 7", 1, 0),
        (
            "UPDATE step SET step_name = 'Send' WHERE run = 8 AND position = 0",
            "run \"run 7\" of tenant \"one\" is altered",
            0,
            1,
        ),
        (
            "UPDATE run SET finished_after = finished_after + 1 WHERE pk = 8",
            "run \"run 7\" of tenant \"one\" is altered",
            0,
            1,
        ),
        (
            "UPDATE version SET display_name = 'altered'",
            "run \"run 7\" of tenant \"one\" is altered",
            0,
            50,
        ),
        ("DELETE FROM workflow", "a run whose tenant, workflow, version or type", 50, 0),
        (
            "UPDATE step SET error = CAST(x'666f6fff' AS TEXT)
             WHERE run = (SELECT pk FROM run WHERE pk = 8)",
            "run \"run 7\" of tenant \"one\" cannot be read",
            1,
            0,
        ),
        (
            "UPDATE step SET status = 99 WHERE run = (SELECT pk FROM run WHERE pk = 8)",
            "run \"run 7\" of tenant \"one\" cannot be read",
            1,
            0,
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.db");
        let tenant = ledger(&path);
        let store = SqliteStore::open(&path).unwrap();
        runtime().block_on(store.create_key(NewApiKey::of("secret", tenant))).unwrap();
        drop(store);
        damage(&path, sql);
        let faults = check(&path).unwrap();
        let found = faults.iter().any(|fault| fault.message.contains(message) && !fault.is_derived);
        assert!(found, "{sql}: {faults:?}");
        let damaged = fs::read(&path).unwrap();
        let (database, copy) = (SqliteDatabase::new(&path), folder.path().join("copy.db"));
        let backup = runtime().block_on(database.backup(&copy, false));
        assert!(matches!(backup, Err(StoreError::Damaged { .. })), "{sql}: {backup:?}");

        let repair = repair(&path).unwrap();
        assert_eq!(repair.found, faults, "{sql}");
        let Salvage {
            saved_runs,
            lost_runs,
            unnamed_lost_runs,
            altered_runs,
            decisions,
            lost_others,
            original,
        } = repair.salvage.unwrap();
        assert_eq!((decisions, altered_runs.len()), (vec![], altered), "{sql}");
        assert_eq!((lost_runs.len(), unnamed_lost_runs), (lost, 0), "{sql}: {lost_runs:?}");
        if lost == 1 {
            let name = RunName { tenant: "one".to_owned(), id: "run 7".to_owned() };
            assert_eq!(lost_runs, [name]);
        }
        assert_eq!(lost_others, [""; 0], "{sql}");
        assert_eq!(check(&path).unwrap(), [], "{sql}");
        assert_eq!(total(&path, tenant), saved_runs as i64, "{sql}");
        let kept = fs::read(original).unwrap();
        assert_eq!(kept[100..], damaged[100..], "{sql}: the damaged file is kept");
        let store = SqliteStore::open(&path).unwrap();
        let key = runtime().block_on(store.find_key(&KeyHash::of(b"secret"))).unwrap().unwrap();
        assert_eq!((key.id, key.tenant), (1, tenant), "{sql}");
    }
}

#[test]
fn a_row_that_only_an_index_has_is_a_lost_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let tenant = ledger(&path);
    // As after a page of the table was replaced by an older one.
    damage(
        &path,
        "PRAGMA writable_schema = ON;
         CREATE TABLE kept AS SELECT name, sql, rootpage FROM sqlite_schema WHERE type = 'index';
         DELETE FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'run';",
    );
    damage(&path, "DELETE FROM run WHERE pk = 8");
    damage(
        &path,
        "PRAGMA writable_schema = ON;
         INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql)
         SELECT 'index', name, 'run', rootpage, sql FROM kept WHERE name LIKE 'run_by_%';",
    );
    damage(&path, "DROP TABLE kept; DELETE FROM step WHERE run NOT IN (SELECT pk FROM run)");
    let faults = check(&path).unwrap();
    let name = RunName { tenant: "one".to_owned(), id: "run 7".to_owned() };
    let lost = faults.iter().find(|fault| fault.lost_run.as_ref() == Some(&name));
    assert!(lost.unwrap().message.ends_with("its row is missing"), "{faults:?}");
    let salvage = repair(&path).unwrap().salvage.unwrap();
    assert_eq!((salvage.saved_runs, salvage.lost_runs), (49, vec![name]));
    assert_eq!((check(&path).unwrap(), total(&path, tenant)), (vec![], 49));
}

#[test]
fn after_a_repair_those_who_follow_the_changes_see_every_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let tenant = ledger(&path);
    let changes = |after| {
        let store = SqliteStore::open(&path).unwrap();
        runtime().block_on(store.changes(tenant, after, 1000)).unwrap()
    };
    let store = SqliteStore::open(&path).unwrap();
    runtime().block_on(store.delete(tenant, "run 3")).unwrap();
    drop(store);
    let last = changes(0).last;
    damage(&path, "UPDATE run SET status = 9 WHERE pk = 8");
    let salvage = repair(&path).unwrap().salvage.unwrap();
    assert_eq!((salvage.saved_runs, salvage.lost_runs.len()), (48, 1));
    let (deleted, saved): (Vec<_>, Vec<_>) =
        changes(last).changes.into_iter().partition(|change| change.run.is_none());
    assert_eq!(saved.len(), 48);
    let ids: Vec<_> = deleted.iter().map(|change| &change.id).collect();
    assert_eq!(ids, [&salvage.lost_runs[0].id]);
    let older: Vec<_> = changes(last - 1).changes.into_iter().map(|change| change.id).collect();
    assert!(older.contains(&"run 3".to_owned()), "earlier deletions are kept");
}

#[test]
fn a_file_that_is_open_elsewhere_is_not_repaired() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    ledger(&path);
    let open = SqliteStore::open(&path).unwrap();
    assert!(matches!(repair(&path), Err(StoreError::Locked { .. })));
    drop(open);
    assert_eq!(repair(&path).unwrap(), Default::default());
}

#[test]
fn damage_that_ends_the_check_is_a_fault() {
    for first_page in 1..6 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.db");
        ledger(&path);
        let mut bytes = fs::read(&path).unwrap();
        for page in bytes.chunks_mut(4096).skip(first_page).step_by(3) {
            page[..200].fill(0xff);
        }
        fs::write(&path, bytes).unwrap();
        let faults = check(&path).unwrap();
        assert!(faults.iter().any(|fault| !fault.is_derived), "{first_page}: {faults:?}");
    }
}
