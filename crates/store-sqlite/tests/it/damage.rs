//! Random damage: what `check` does not report changes no response.

use std::{collections::BTreeMap, fs, path::Path};

use proptest::{prelude::*, test_runner::TestRunner};
use runledger_model::{
    ListExecutionsQuery, ListWorkflowRunsResponse, StepExecution, Timestamp, WorkflowRunDetail,
    WorkflowRunStatus,
};
use runledger_store::{
    KeyStore, ListedKey, NewApiKey, RunName, RunStore, StoreError, TenantId,
    test_suite::{run, runtime},
};
use runledger_store_sqlite::SqliteStore;

use crate::{check, files::files_after_a_crash, ledger, repair};

/// How many bytes are overwritten.
const DAMAGED_BYTES: usize = 40;

/// The nth run of a tenant: some have many steps, and some have errors that fill several pages.
fn nth_run(number: i64) -> WorkflowRunDetail {
    let original = run(&format!("run {number}"));
    let step = |position: i64| StepExecution {
        id: format!("step {position}"),
        error: (position % 3 == 0).then(|| "no such host: é ".repeat(1 + number as usize * 20)),
        ..original.steps[0].clone()
    };
    let steps: Vec<_> = (0..number % 7).map(step).collect();
    let statuses = WorkflowRunStatus::ALL;
    WorkflowRunDetail {
        workflow_id: format!("workflow {}", number % 3),
        status: statuses[number as usize % statuses.len()],
        created_at: Timestamp::from_millis(1_700_000_000_000 + number * 60_000).unwrap(),
        step_count: steps.len() as i32,
        steps,
        ..original.clone()
    }
}

/// Creates a file with two tenants, their keys and runs, some of which were deleted.
fn create(path: &Path) {
    let store = SqliteStore::open(path).unwrap();
    runtime().block_on(async {
        for name in ["one", "two"] {
            let tenant = store.find_or_create_tenant(name).await.unwrap();
            store.create_key(NewApiKey::of(name, tenant)).await.unwrap();
            store.record(tenant, (0..60).map(nth_run).collect()).await.unwrap();
            for number in 20..30 {
                store.delete(tenant, &format!("run {number}")).await.unwrap();
            }
        }
    });
}

/// Everything that a file contains.
#[derive(Debug, PartialEq)]
struct Content {
    keys: Vec<ListedKey>,
    lists: Vec<ListWorkflowRunsResponse>,
    runs: BTreeMap<RunName, WorkflowRunDetail>,
}

impl Content {
    fn read(path: &Path) -> Self {
        let store = SqliteStore::open(path).unwrap();
        runtime().block_on(async {
            let keys = store.list_keys().await.unwrap();
            let (mut lists, mut runs) = (Vec::new(), BTreeMap::new());
            for (tenant, name) in store.list_tenants().await.unwrap() {
                for workflow_id in [None, Some("workflow 1".to_owned())] {
                    let query =
                        ListExecutionsQuery { limit: 100, workflow_id, ..Default::default() };
                    let list = store.list(tenant, query).await.unwrap();
                    for run in &list.items {
                        let found = store.get(tenant, &run.id).await.unwrap().unwrap();
                        let tenant = name.clone();
                        runs.insert(RunName { tenant, id: run.id.clone() }, found);
                    }
                    lists.push(list);
                }
            }
            Self { keys, lists, runs }
        })
    }
}

/// Damages a copy of the file, checks it, and repairs it.
fn damage_and_repair(whole: &[u8], content: &Content, offset: usize, damage: [u8; DAMAGED_BYTES]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let mut damaged = whole.to_vec();
    damaged[offset..offset + DAMAGED_BYTES].copy_from_slice(&damage);
    fs::write(&path, &damaged).unwrap();
    match check(&path) {
        // Such as a header that is not SQLite's.
        Err(_) => return,
        Ok(faults) if faults.is_empty() => {
            assert_eq!(Content::read(&path), *content, "the check found nothing");
            return;
        }
        Ok(faults) => assert!(faults.iter().all(|fault| !fault.message.is_empty())),
    }
    let Ok(repair) = repair(&path) else {
        assert!(fs::read(&path).unwrap() == damaged, "a failed repair changes nothing");
        return;
    };
    assert_eq!(check(&path).unwrap(), []);
    let repaired = Content::read(&path);
    let salvage = repair.salvage.unwrap_or_default();
    for (name, run) in &content.runs {
        let is_named = salvage.lost_runs.contains(name) || salvage.unnamed_lost_runs > 0;
        match repaired.runs.get(name) {
            Some(saved) => assert_eq!(saved, run),
            None => assert!(is_named, "{name} was lost and is not named: {salvage:?}"),
        }
    }
}

#[test]
fn any_damage_is_reported_or_has_no_effect() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("whole.db");
    create(&path);
    let (whole, content) = (fs::read(&path).unwrap(), Content::read(&path));
    let config = ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() };
    let offsets = 0..=whole.len() - DAMAGED_BYTES;
    let test = |(offset, damage)| {
        damage_and_repair(&whole, &content, offset, damage);
        Ok(())
    };
    TestRunner::new(config).run(&(offsets, any::<[u8; DAMAGED_BYTES]>()), test).unwrap();
}

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
