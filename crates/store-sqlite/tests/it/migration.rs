//! A file of any earlier schema returns what it contained.

use std::{collections::BTreeMap, path::Path};

use proptest::{collection::btree_map, option, prelude::*, test_runner::TestRunner};
use runledger_model::{
    ListExecutionsQuery, Seconds, Timestamp, WorkflowRunDetail, WorkflowRunStatus,
};
use runledger_store::{
    ChangeStore, RunStore, TenantId,
    codes::StorageCode,
    test_suite::{run, runtime},
};
use runledger_store_sqlite::SqliteStore;
use rusqlite::{Connection, params};

use crate::check;

/// The statements of the schemas before the newest one.
const SCHEMAS: [&str; 3] = [
    include_str!("../../migrations/0001_runs.sql"),
    include_str!("../../migrations/0002_key_details.sql"),
    include_str!("../../migrations/0003_counted_index.sql"),
];

fn any_time() -> impl Strategy<Value = Timestamp> {
    let extreme = prop_oneof![Just(-62_135_596_800_000), Just(253_402_300_799_999)];
    let millis = prop_oneof![8 => -5_000_000i64..5_000_000, 1 => extreme];
    millis.prop_map(|millis| Timestamp::from_millis(millis).unwrap())
}

/// Runs by id, with any times, also an end before the start.
fn any_runs() -> impl Strategy<Value = BTreeMap<String, WorkflowRunDetail>> {
    let status = proptest::sample::select(WorkflowRunStatus::ALL.to_vec());
    let duration = prop_oneof![0i64..5_000_000, Just(1_000_000_000_000_000)];
    let duration = duration.prop_map(|micros| Seconds::from_micros(micros).unwrap());
    let times = (any_time(), option::of(any_time()), option::of(any_time()));
    let fields = (status, times, option::of(duration), 0usize..3);
    let runs = btree_map("run_[0-9A-Za-z]{1,12}|\\PC{1,12}", fields, 1..40);
    runs.prop_map(|runs| {
        let with_id = |(id, (status, times, duration, steps)): (String, _)| {
            let mut run = run(&id);
            (run.created_at, run.started_at, run.finished_at) = times;
            (run.status, run.duration) = (status, duration);
            run.steps.truncate(steps);
            run.step_count = run.steps.len() as i32;
            (id, run)
        };
        runs.into_iter().map(with_id).collect()
    })
}

#[test]
fn the_runs_of_every_earlier_schema_are_returned() {
    let config = ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() };
    let compare = |(version, runs): (usize, BTreeMap<String, WorkflowRunDetail>)| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.db");
        write(&path, version, &runs);
        compare(&path, &runs);
        assert_eq!(check(&path).unwrap(), []);
        Ok(())
    };
    TestRunner::new(config).run(&(1..=SCHEMAS.len(), any_runs()), compare).unwrap();
}

/// Opens the file, which migrates it, and compares all that it returns.
fn compare(path: &Path, runs: &BTreeMap<String, WorkflowRunDetail>) {
    let store = SqliteStore::serve(path).unwrap();
    let mut newest_first: Vec<_> = runs.values().collect();
    newest_first.sort_by_key(|run| (run.created_at, run.id.as_bytes()));
    newest_first.reverse();
    runtime().block_on(async {
        for (id, run) in runs {
            assert_eq!(store.get(TenantId(1), id).await.unwrap().as_ref(), Some(run));
        }
        for filter in ["limit=100", "limit=100&workflow_id=workflow_abc123"] {
            let query = ListExecutionsQuery::parse(filter).unwrap();
            let list = store.list(TenantId(1), query).await.unwrap();
            let expected: Vec<_> = newest_first.iter().map(|run| run.metadata()).collect();
            assert_eq!((list.items, list.total), (expected, runs.len() as i64));
        }
        let changes = store.changes(TenantId(1), 0, 100).await.unwrap();
        let numbers: Vec<_> = changes.changes.iter().map(|change| change.number).collect();
        assert_eq!(numbers, (1..=runs.len() as u64).collect::<Vec<_>>());
        assert_eq!((changes.last, changes.deletions_after), (runs.len() as u64, 0));
    });
}

/// Writes a file of this version.
fn write(path: &Path, version: usize, runs: &BTreeMap<String, WorkflowRunDetail>) {
    let connection = Connection::open(path).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    for schema in &SCHEMAS[..version] {
        connection.execute_batch(schema).unwrap();
    }
    let WorkflowRunDetail { workflow_id, version_id, version_display_name, run_type, .. } =
        run("any");
    connection.execute("INSERT INTO tenant (id, name) VALUES (1, 'one')", []).unwrap();
    let insert = "INSERT INTO workflow (id, tenant, uid) VALUES (1, 1, ?1)";
    connection.execute(insert, [workflow_id]).unwrap();
    let insert = "INSERT INTO version (id, tenant, uid, display_name) VALUES (1, 1, ?1, ?2)";
    connection.execute(insert, [version_id, version_display_name]).unwrap();
    let insert = "INSERT INTO run_type (id, tenant, name) VALUES (1, 1, ?1)";
    connection.execute(insert, [run_type]).unwrap();
    for run in runs.values() {
        write_run(&connection, run);
    }
    // `application_id` of a ledger.
    connection.pragma_update(None, "application_id", 0x524C_6772).unwrap();
    connection.pragma_update(None, "user_version", version as i64).unwrap();
}

fn write_run(connection: &Connection, run: &WorkflowRunDetail) {
    let mut insert = connection
        .prepare_cached(
            "INSERT INTO run (tenant, id, workflow, version, run_type, status, duration,
             created_at, started_at, finished_at) VALUES (1, ?1, 1, 1, 1, ?2, ?3, ?4, ?5, ?6)",
        )
        .unwrap();
    let pk = insert.insert(params![
        run.id,
        run.status.code(),
        run.duration.map(Seconds::micros),
        run.created_at.millis(),
        run.started_at.map(Timestamp::millis),
        run.finished_at.map(Timestamp::millis),
    ]);
    let pk = pk.unwrap();
    let mut insert = connection
        .prepare_cached(
            "INSERT INTO step (run, position, id, step_name, step_type, status, attempt, error,
             duration, created_at, started_at, finished_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )
        .unwrap();
    for (position, step) in run.steps.iter().enumerate() {
        let values = params![
            pk,
            position as i64,
            step.id,
            step.step_name,
            step.step_type.code(),
            step.status.code(),
            step.attempt,
            step.error,
            step.duration.micros(),
            step.created_at.millis(),
            step.started_at.map(Timestamp::millis),
            step.finished_at.map(Timestamp::millis),
        ];
        insert.execute(values).unwrap();
    }
}
