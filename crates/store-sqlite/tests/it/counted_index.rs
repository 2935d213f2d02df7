//! The counted index of a file: against a sorted list of its runs, and built for an older file.

use std::{collections::BTreeMap, path::Path};

use proptest::{collection::vec, prelude::*, test_runner::TestRunner};
use runledger_model::{
    ListExecutionsQuery, Timestamp, WorkflowRunDetail, WorkflowRunStatus, WorkflowRunStatusFilter,
};
use runledger_store::{
    KeyStore, RunFilter, RunStore, TenantId,
    test_suite::{run, runtime, sequences::any_batches},
};
use runledger_store_sqlite::{Reader, SqliteStore};
use rusqlite::{Connection, params};

use crate::check;

/// The schema of the version before the counted index.
const SCHEMA_2: [&str; 2] = [
    include_str!("../../migrations/0001_runs.sql"),
    include_str!("../../migrations/0002_key_details.sql"),
];

#[test]
fn any_batches_leave_a_sound_index() {
    let config = ProptestConfig { cases: 32, failure_persistence: None, ..Default::default() };
    let compare = |batches: Vec<(usize, Vec<WorkflowRunDetail>)>| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.db");
        let store = SqliteStore::open(&path).unwrap();
        runtime().block_on(async {
            for (tenant, runs) in batches {
                let tenant = ["one", "two"][tenant];
                let tenant = store.find_or_create_tenant(tenant).await.unwrap();
                let first = runs[0].id.clone();
                let statuses = Some(vec![runs[0].status]);
                store.record(tenant, runs).await.unwrap();
                store.delete(tenant, &first).await.unwrap();
                let filter = RunFilter { statuses, ..RunFilter::default() };
                store.delete_oldest(tenant, filter, 2).await.unwrap();
            }
        });
        assert_eq!(check(&path).unwrap(), []);
        Ok(())
    };
    TestRunner::new(config).run(&any_batches(), compare).unwrap();
}

/// How the creation times of many runs follow each other.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Ascending,
    OneMillisecond,
    Scattered,
}

/// Some thousand runs: the shape, the size of each batch, and from which run each batch begins.
/// Batches that overlap record runs again, in another status and workflow.
fn many_runs() -> impl Strategy<Value = (Shape, Vec<(i64, usize)>)> {
    let shapes = vec![Shape::Ascending, Shape::OneMillisecond, Shape::Scattered];
    (proptest::sample::select(shapes), vec((0i64..3000, 1usize..900), 1..6))
}

fn nth_run(shape: Shape, number: i64, batch: usize) -> WorkflowRunDetail {
    let scattered = number * 7_919 % 100_003;
    let (time, id) = match shape {
        Shape::Ascending => (number, number),
        Shape::OneMillisecond => (0, scattered),
        Shape::Scattered => (scattered % 500, scattered),
    };
    let statuses = [WorkflowRunStatus::Succeeded, WorkflowRunStatus::Failed];
    WorkflowRunDetail {
        workflow_id: format!("workflow {}", (number as usize + batch) % 2),
        status: statuses[(number as usize / 3 + batch) % 2],
        created_at: Timestamp::from_millis(time).unwrap(),
        steps: Vec::new(),
        step_count: 0,
        ..run(&format!("run {id:06}"))
    }
}

#[test]
fn pages_of_many_runs_are_those_of_a_sorted_list() {
    let config = ProptestConfig { cases: 8, failure_persistence: None, ..Default::default() };
    let compare = |(shape, batches): (Shape, Vec<(i64, usize)>)| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.db");
        let store = SqliteStore::open(&path).unwrap();
        let runtime = runtime();
        let tenant = runtime.block_on(store.find_or_create_tenant("one")).unwrap();
        let mut expected = BTreeMap::new();
        for (batch, (first, count)) in batches.into_iter().enumerate() {
            let numbers = first..first + count as i64;
            let runs: Vec<_> = numbers.map(|number| nth_run(shape, number, batch)).collect();
            expected.extend(runs.iter().map(|run| (run.id.clone(), run.clone())));
            runtime.block_on(store.record(tenant, runs)).unwrap();
        }
        assert_eq!(check(&path).unwrap(), []);
        compare_pages(&path, tenant, expected.into_values().collect());
        Ok(())
    };
    TestRunner::new(config).run(&many_runs(), compare).unwrap();
}

/// Compares some pages of every filter, at all depths.
fn compare_pages(path: &Path, tenant: TenantId, mut runs: Vec<WorkflowRunDetail>) {
    let reader = Reader::open(path).unwrap();
    runs.sort_by(|a, b| (b.created_at, b.id.as_bytes()).cmp(&(a.created_at, a.id.as_bytes())));
    for workflow in [None, Some("workflow 0".to_owned())] {
        for status in [WorkflowRunStatusFilter::All, WorkflowRunStatusFilter::Failed] {
            let matching = |run: &&WorkflowRunDetail| {
                workflow.as_ref().is_none_or(|workflow| run.workflow_id == *workflow)
                    && status.status().is_none_or(|status| run.status == status)
            };
            let ids: Vec<&str> = runs.iter().filter(matching).map(|run| run.id.as_str()).collect();
            for page in (1..=ids.len() as i32 / 30 + 2).step_by(5) {
                let workflow_id = workflow.clone();
                let mut query = ListExecutionsQuery { page, limit: 30, ..Default::default() };
                (query.workflow_id, query.status) = (workflow_id, status);
                let list = reader.list(tenant, &query).unwrap();
                let found: Vec<&str> = list.items.iter().map(|run| run.id.as_str()).collect();
                let expected = ids.iter().skip(query.offset() as usize).take(30);
                assert_eq!(found, expected.copied().collect::<Vec<_>>(), "{query:?}");
                assert_eq!(list.total, ids.len() as i64);
            }
        }
    }
}

#[test]
fn an_older_file_is_counted_when_it_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let connection = Connection::open(&path).unwrap();
    SCHEMA_2.iter().for_each(|schema| connection.execute_batch(schema).unwrap());
    connection
        .execute_batch(
            "INSERT INTO tenant (id, name) VALUES (1, 'one');
             INSERT INTO workflow (id, tenant, uid) VALUES (1, 1, 'workflow 0');
             INSERT INTO version (id, tenant, uid, display_name) VALUES (1, 1, 'v', 'V');
             INSERT INTO run_type (id, tenant, name) VALUES (1, 1, 'TEST');
             PRAGMA user_version = 2;",
        )
        .unwrap();
    // `application_id` of a ledger.
    connection.pragma_update(None, "application_id", 0x524C_6772).unwrap();
    let mut runs = Vec::new();
    for number in 0..2000 {
        let run = WorkflowRunDetail {
            workflow_id: "workflow 0".into(),
            ..nth_run(Shape::Scattered, number, 0)
        };
        let status = if run.status == WorkflowRunStatus::Succeeded { 3 } else { 4 };
        connection
            .execute(
                "INSERT INTO run (tenant, id, workflow, version, run_type, status, created_at)
                 VALUES (1, ?1, 1, 1, 1, ?2, ?3)",
                params![run.id, status, run.created_at.millis()],
            )
            .unwrap();
        runs.push(run);
    }
    drop(connection);
    drop(SqliteStore::open(&path).unwrap());
    assert_eq!(check(&path).unwrap(), []);
    compare_pages(&path, TenantId(1), runs);
}
