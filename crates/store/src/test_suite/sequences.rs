//! Random sequences of recordings.

use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use runledger_model::{
    BucketWidth, HistogramQuery, ListCursor, ListExecutionsQuery, ListWorkflowsQuery, Seconds,
    Timestamp, WorkflowRunDetail, WorkflowRunStatus, WorkflowRunStatusFilter, examples,
};

use super::support::{New, run, runtime};
use crate::{RunFilter, Store, TenantId, memory::MemoryStore};

/// Runs are recorded under the ids `run 0` to `run 11`.
pub const IDS: usize = 12;
const TENANTS: [&str; 2] = ["one", "two"];
const WORKFLOWS: [&str; 3] = ["w", "w2", "é"];
/// What the metadata of a run may be. Two of them have the pair that is written `a:b:c`.
const METADATA: [&[(&str, &str)]; 6] = [
    &[],
    &[("env", "prod")],
    &[("env", "test")],
    &[("a", "b:c"), ("env", "prod")],
    &[("a:b", "c"), ("env", "prod"), ("é", "")],
    &[("a", "b:c"), ("a:b", "c")],
];

/// Batches of runs, each of the tenant with this position.
pub fn any_batches() -> impl Strategy<Value = Vec<(usize, Vec<WorkflowRunDetail>)>> {
    vec((0..TENANTS.len(), vec(any_run(), 1..12)), 1..12)
}

pub fn after_any_sequence_of_recordings_all_responses_are_those_of_the_memory_engine<T>(
    new: New<T>,
) {
    let config = Config { cases: 96, failure_persistence: None, ..Config::default() };
    let compare = |batches| {
        let (_kept, store) = new();
        runtime().block_on(compare(&*store, &MemoryStore::default(), batches));
        Ok(())
    };
    TestRunner::new(config).run(&any_batches(), compare).unwrap();
}

/// Every filter, with every page up to one past the last, for some page sizes.
pub fn queries() -> impl Iterator<Item = ListExecutionsQuery> {
    let workflows = [None, Some("w"), Some("w2"), Some("é"), Some("never")];
    workflows.into_iter().flat_map(|workflow| {
        WorkflowRunStatusFilter::ALL.iter().flat_map(move |status| {
            [(1, IDS as i32 + 1), (3, 5), (100, 2)].into_iter().flat_map(move |(limit, pages)| {
                (1..=pages).map(move |page| ListExecutionsQuery {
                    page,
                    limit,
                    workflow_id: workflow.map(str::to_owned),
                    status: *status,
                    ..ListExecutionsQuery::default()
                })
            })
        })
    })
}

/// Ranges of time and several states, as they stand in a URL.
const FURTHER_FILTERS: [&str; 17] = [
    "created_after=1970-01-01",
    "created_before=1970-01-01",
    "created_after=1969-12-31T23:30:00Z&created_before=1970-01-01T01:00:00Z&limit=3",
    "created_after=1970-01-01T00:00:00.001Z&status=FAILED",
    "statuses=FAILED,CANCELLED&limit=2",
    "statuses=RUNNING,SUCCEEDED,FAILED&created_after=1970-01-01&limit=2&page=2",
    "statuses=PENDING,PAUSED&workflow_id=w&created_before=1970-01-02&limit=1",
    "metadata=env:prod&limit=1",
    "metadata=env:prod&limit=2&page=2",
    "metadata=env:test&status=FAILED&limit=1",
    "metadata=env:prod&statuses=SUCCEEDED,FAILED,PAUSED&created_after=1970-01-01&limit=2",
    "metadata=a:b:c&created_before=1970-01-02&limit=2",
    "metadata=env:never",
    "metadata=env:prod&metadata=a:b:c&limit=1",
    "metadata=env:prod&metadata=a:b:c&metadata=env:prod&status=FAILED&limit=1&page=2",
    "metadata=a:b:c&workflow_id=w&created_after=1970-01-01T00:00:00.001Z&limit=1",
    "metadata=env:test&workflow_id=never",
];

/// Histograms of ranges with and without runs, of every width.
pub fn histograms() -> impl Iterator<Item = HistogramQuery> {
    let filters = [
        "",
        "workflow_id=w&status=SUCCEEDED",
        "workflow_id=never",
        "workflow_id=never&created_after=1970-01-01&created_before=1970-01-03",
        "statuses=RUNNING,FAILED&created_after=1970-01-01T00:00:00.001Z",
        "created_before=1970-01-01T00:30:00Z",
        "created_after=1969-12-31T23:30:00Z&created_before=1970-01-01T01:00:00.001Z",
        "created_after=1971-01-01&created_before=1971-01-02",
        "metadata=env:prod",
        "metadata=env:never",
        "metadata=env:test&metadata=a:b:c",
        "metadata=a:b:c&workflow_id=w&created_before=1970-01-01T00:30:00Z",
    ];
    BucketWidth::ALL.iter().flat_map(move |width| {
        filters.map(|filter| HistogramQuery {
            bucket: *width,
            ..HistogramQuery::parse(filter).unwrap()
        })
    })
}

/// Pages of workflows, with and without a beginning of the UID.
pub fn workflow_queries() -> impl Iterator<Item = ListWorkflowsQuery> {
    let queries = ["", "limit=1", "limit=1&page=2", "limit=2&page=2", "page=2", "q=w", "q=w2"];
    let further = ["q=%C3%A9&limit=1", "q=never", "q=w&limit=1&page=2"];
    queries.into_iter().chain(further).map(|query| ListWorkflowsQuery::parse(query).unwrap())
}

/// Walks through all matching runs by cursor, on both engines at once.
async fn compare_walks(
    (store, tenant): (&dyn Store, TenantId),
    (expected, other): (&dyn Store, TenantId),
    query: ListExecutionsQuery,
) {
    let mut query = ListExecutionsQuery { page: 1, cursor: Some(ListCursor::Newest), ..query };
    let mut walked = Vec::new();
    // One step more than there are runs ends any walk.
    for _ in 0..=IDS {
        let response = store.list(tenant, query.clone()).await.unwrap();
        assert_eq!(response, expected.list(other, query.clone()).await.unwrap(), "{query:?}");
        walked.extend(response.items);
        let Some(cursor) = response.next_cursor.expect("a walk has a cursor") else {
            assert_eq!(walked.len() as i64, response.total, "{query:?}");
            return;
        };
        query.cursor = Some(cursor.parse().unwrap());
    }
    panic!("the walk does not end: {query:?}");
}

/// Few ids, workflows and times, so that runs are updated, have equal times, and are on both
/// sides of the borders of hours and days.
fn any_run() -> impl Strategy<Value = WorkflowRunDetail> {
    let hour = prop_oneof![-26i64..26, Just(0), Just(-1), Just(24), Just(20_000)];
    let within = prop_oneof![Just(0i64), Just(3_599_999), 0..3_600_000i64];
    let status = proptest::sample::select(WorkflowRunStatus::ALL.to_vec());
    let base = prop_oneof![3 => Just(run("any")), 1 => Just(examples::retried_execution())];
    let metadata = proptest::sample::select(&METADATA[..]);
    let attempt = prop_oneof![4 => Just(1), 1 => 2..4i32];
    let id = (0..IDS, attempt);
    (metadata, base, id, 0..WORKFLOWS.len(), status, hour, within, 0..3usize, -1..5i64).prop_map(
        |(metadata, base, (id, attempt), workflow, status, hour, within, steps, duration)| {
            let id = format!("run {id}");
            let mut run = WorkflowRunDetail { id, attempt, attempts: vec![], ..base };
            run.workflow_id = WORKFLOWS[workflow].into();
            run.version_display_name = format!("of {}", run.workflow_id);
            run.metadata = metadata.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
            run.status = status;
            run.duration = Seconds::from_micros(duration);
            run.created_at = Timestamp::from_millis(hour * 3_600_000 + within).unwrap();
            run.steps.truncate(steps);
            run.step_count = run.steps.len() as i32;
            run
        },
    )
}

async fn compare(
    store: &dyn Store,
    expected: &dyn Store,
    batches: Vec<(usize, Vec<WorkflowRunDetail>)>,
) {
    let mut tenants = Vec::new();
    for name in TENANTS {
        let tenant = store.find_or_create_tenant(name).await.unwrap();
        tenants.push((tenant, expected.find_or_create_tenant(name).await.unwrap()));
    }
    for (step, (position, runs)) in batches.into_iter().enumerate() {
        let (tenant, other) = tenants[position];
        let id = format!("run {}", step * 5 % IDS);
        let deleted = store.delete(tenant, &id).await.unwrap();
        assert_eq!(deleted, expected.delete(other, &id).await.unwrap());
        let recorded = store.record(tenant, runs.clone()).await.unwrap();
        assert_eq!(recorded, expected.record(other, runs.clone()).await.unwrap());
        let statuses = Some(vec![runs[0].status]);
        let oldest = RunFilter { statuses, ..RunFilter::default() };
        let deleted = store.delete_oldest(tenant, oldest.clone(), 2).await.unwrap();
        assert_eq!(deleted, expected.delete_oldest(other, oldest, 2).await.unwrap());
    }
    for (tenant, other) in tenants {
        let last = store.last_change(tenant).await.unwrap();
        assert_eq!(last, expected.last_change(other).await.unwrap());
        for after in [0, 3, last] {
            let changes = store.changes(tenant, after, 7).await.unwrap();
            assert_eq!(changes, expected.changes(other, after, 7).await.unwrap(), "{after}");
        }
        for id in (0..IDS).map(|id| format!("run {id}")) {
            let run = store.get(tenant, &id).await.unwrap();
            assert_eq!(run, expected.get(other, &id).await.unwrap());
        }
        for query in queries() {
            let response = store.list(tenant, query.clone()).await.unwrap();
            let expected = expected.list(other, query.clone()).await.unwrap();
            assert_eq!(response, expected, "{query:?}");
        }
        for query in FURTHER_FILTERS {
            let query = ListExecutionsQuery::parse(query).unwrap();
            let response = store.list(tenant, query.clone()).await.unwrap();
            let listed = expected.list(other, query.clone()).await.unwrap();
            assert_eq!(response, listed, "{query:?}");
            compare_walks((store, tenant), (expected, other), query).await;
        }
        for query in histograms() {
            let histogram = store.histogram(tenant, query.clone()).await.unwrap();
            let expected = expected.histogram(other, query.clone()).await.unwrap();
            assert_eq!(histogram, expected, "{query:?}");
        }
        for query in workflow_queries() {
            let workflows = store.workflows(tenant, query.clone()).await.unwrap();
            let expected = expected.workflows(other, query.clone()).await.unwrap();
            assert_eq!(workflows, expected, "{query:?}");
        }
    }
}
