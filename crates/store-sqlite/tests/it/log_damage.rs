//! Damage of the log beside a file (`-wal`).

use std::fs;

use proptest::{prelude::*, test_runner::TestRunner};
use runledger_model::ListExecutionsQuery;
use runledger_store::{KeyStore, RunStore, StoreError, TenantId, test_suite::runtime};
use runledger_store_sqlite::SqliteStore;

use crate::{
    check,
    damage::{DAMAGED_BYTES, nth_run},
    files::files_after_a_crash,
    ledger, repair,
};

/// The files of a server that was killed, with `runs` runs in the log, a transaction each.
fn killed_server(runs: i64) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("runs.db")).unwrap();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        for number in 0..runs {
            store.record(tenant, vec![nth_run(number)]).await.unwrap();
        }
    });
    files_after_a_crash(folder.path())
}

#[test]
fn damage_of_the_log_is_reported_or_costs_the_last_transaction() {
    let runs = 30;
    let whole = killed_server(runs);
    let [file, log] = ["runs.db", "runs.db-wal"].map(|name| fs::read(whole.path().join(name)));
    let (file, log) = (file.unwrap(), log.unwrap());
    let test = |(offset, damage): (usize, [u8; DAMAGED_BYTES])| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.db");
        let mut damaged = log.clone();
        damaged[offset..offset + DAMAGED_BYTES].copy_from_slice(&damage);
        fs::write(&path, &file).unwrap();
        fs::write(folder.path().join("runs.db-wal"), &damaged).unwrap();
        let faults = check(&path).unwrap();
        if !faults.is_empty() {
            assert!(faults[0].message.contains("its log (-wal) is damaged"), "{faults:?}");
            let opened = SqliteStore::open(&path).err();
            assert!(matches!(opened, Some(StoreError::Damaged { .. })));
            let kept = repair(&path).unwrap().damaged_log.unwrap();
            assert!(fs::read(kept).unwrap() == damaged);
            assert_eq!(check(&path).unwrap(), []);
        }
        let store = SqliteStore::open(&path).unwrap();
        let list = runtime().block_on(store.list(TenantId(1), ListExecutionsQuery::default()));
        let left = list.unwrap().total;
        assert!(!faults.is_empty() || left >= runs - 1, "{left} runs, offset {offset}");
        Ok(())
    };
    test((0, [0; DAMAGED_BYTES])).unwrap();
    let config = ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() };
    let offsets = 0..=log.len() - DAMAGED_BYTES;
    TestRunner::new(config).run(&(offsets, any::<[u8; DAMAGED_BYTES]>()), test).unwrap();
}

/// Another process reads the log while this one writes to it, begins it anew, and undoes
/// transactions that are in it already.
#[test]
fn the_log_of_a_busy_server_is_not_taken_for_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let tenant = ledger(&path);
    let store = SqliteStore::serve(&path).unwrap();
    let beside = rusqlite::Connection::open(&path).unwrap();
    beside.execute_batch("PRAGMA cache_size = 1; PRAGMA wal_autocheckpoint = 100").unwrap();
    std::thread::scope(|scope| {
        let checks = scope.spawn(|| {
            for _ in 0..20 {
                assert_eq!(check(&path).unwrap(), []);
            }
        });
        let mut number = 0;
        while !checks.is_finished() {
            let undone = "BEGIN IMMEDIATE; CREATE TABLE t AS SELECT * FROM step; ROLLBACK";
            beside.execute_batch(undone).unwrap();
            let runs = (0..20).map(|n| nth_run(number + n)).collect();
            runtime().block_on(store.record(tenant, runs)).unwrap();
            beside.execute_batch("PRAGMA wal_checkpoint(RESTART)").unwrap();
            number += 20;
        }
    });
}
