//! The list of workflows.

use runledger_model::{
    ListWorkflowsQuery, Seconds, Timestamp, WorkflowList, WorkflowRunDetail, WorkflowRunStatus,
    WorkflowSummary,
};

use super::support::{New, run, runtime};
use crate::{RunFilter, Store, TenantId};

pub fn a_workflow_is_listed_while_it_has_runs<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        let other = store.find_or_create_tenant("other").await.unwrap();
        assert_eq!(list(&*store, tenant, "").await.total, 0);
        let newest = async |tenant| {
            let workflows = list(&*store, tenant, "").await;
            assert_eq!(workflows.total, workflows.items.len() as i64);
            let pair = |it: WorkflowSummary| (it.workflow_id, it.newest_run.id, it.total);
            workflows.items.into_iter().map(pair).collect::<Vec<_>>()
        };
        let entry = |workflow: &str, id: &str, total| (workflow.to_owned(), id.to_owned(), total);
        let runs = vec![of("w", "a", 10), of("v", "b", 20), of("w", "c", 30)];
        store.record(tenant, runs).await.unwrap();
        store.record(other, vec![of("v", "b", 20)]).await.unwrap();
        assert_eq!(newest(tenant).await, [entry("w", "c", 2), entry("v", "b", 1)]);
        assert_eq!(newest(other).await, [entry("v", "b", 1)]);
        // The newest run of a workflow goes, then its last.
        store.delete(tenant, "c").await.unwrap();
        assert_eq!(newest(tenant).await, [entry("v", "b", 1), entry("w", "a", 1)]);
        store.delete(tenant, "a").await.unwrap();
        assert_eq!(newest(tenant).await, [entry("v", "b", 1)]);
        // A run changes its workflow and then its time.
        store.record(tenant, vec![of("w", "b", 20)]).await.unwrap();
        assert_eq!(newest(tenant).await, [entry("w", "b", 1)]);
        store.record(tenant, vec![of("w", "d", 15)]).await.unwrap();
        store.record(tenant, vec![of("w", "b", 10)]).await.unwrap();
        assert_eq!(newest(tenant).await, [entry("w", "d", 2)]);
        // Equal times are ordered by the bytes of the id, as in the list of runs.
        store.record(tenant, vec![of("x", "c", 15), of("y", "é", 15)]).await.unwrap();
        let expected = [entry("y", "é", 1), entry("w", "d", 2), entry("x", "c", 1)];
        assert_eq!(newest(tenant).await, expected);
        store.delete_oldest(tenant, RunFilter::default(), 10).await.unwrap();
        assert_eq!(newest(tenant).await, []);
        assert_eq!(newest(other).await, [entry("v", "b", 1)]);
    });
}

pub fn the_beginning_of_the_uid_selects_workflows<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        let uids = ["a", "ab", "aB", "a%c", "a_c", "abé", "ab\u{10ffff}", "b", "\u{10ffff}x"];
        let runs = (0..).zip(uids).map(|(second, uid)| of(uid, uid, second));
        store.record(tenant, runs.collect()).await.unwrap();
        for (query, expected) in [
            ("q=a&limit=3", &["ab\u{10ffff}", "abé", "a_c"][..]),
            ("q=a&limit=3&page=2", &["a%c", "aB", "ab"]),
            ("q=a&limit=3&page=3", &["a"]),
            ("q=a&limit=3&page=2147483647", &[]),
            ("q=ab", &["ab\u{10ffff}", "abé", "ab"]),
            ("q=a%25", &["a%c"]),
            ("q=a_", &["a_c"]),
            ("q=%F4%8F%BF%BF", &["\u{10ffff}x"]),
            ("q=A", &[]),
        ] {
            let workflows = list(&*store, tenant, query).await;
            let found: Vec<_> = workflows.items.iter().map(|it| it.workflow_id.as_str()).collect();
            assert_eq!(found, expected, "{query}");
            let all = match query.get(..3) {
                Some("q=a") if query.contains("limit") => 7,
                _ => expected.len() as i64,
            };
            assert_eq!(workflows.total, all, "{query}");
        }
    });
}

pub fn the_durations_are_those_of_the_last_200_finished_runs<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        let durations = async || {
            let workflow = list(&*store, tenant, "").await.items.remove(0);
            let micros = |duration: Option<Seconds>| duration.map(Seconds::micros);
            (micros(workflow.median_duration), micros(workflow.p95_duration))
        };
        let lasting = |second: i64, status, micros| {
            let duration = Seconds::from_micros(micros);
            WorkflowRunDetail { status, duration, ..of("w", &format!("{second}"), second) }
        };
        store.record(tenant, vec![lasting(1, WorkflowRunStatus::Running, 7)]).await.unwrap();
        assert_eq!(durations().await, (None, None), "a run that has not finished");
        store.record(tenant, vec![lasting(2, WorkflowRunStatus::Failed, -1)]).await.unwrap();
        assert_eq!(durations().await, (None, None), "its duration is unknown");
        store.record(tenant, vec![lasting(3, WorkflowRunStatus::Cancelled, 9)]).await.unwrap();
        assert_eq!(durations().await, (Some(9), Some(9)));
        store.record(tenant, vec![lasting(4, WorkflowRunStatus::Failed, 5)]).await.unwrap();
        assert_eq!(durations().await, (Some(5), Some(9)), "the lower of two is the median");
        // 300 finished runs and as many live ones between them; the last 200 take 101 to 300.
        let runs = (1..=600).map(|n| match (n % 2, n / 2 % 3) {
            (1, _) => lasting(10 + n, WorkflowRunStatus::Paused, 1000),
            (_, 0) => lasting(10 + n, WorkflowRunStatus::Succeeded, n / 2),
            (_, 1) => lasting(10 + n, WorkflowRunStatus::Failed, n / 2),
            (..) => lasting(10 + n, WorkflowRunStatus::Cancelled, n / 2),
        });
        store.record(tenant, runs.collect()).await.unwrap();
        assert_eq!(durations().await, (Some(200), Some(290)));
        // Runs of unknown duration count among the 200.
        let unknown = (0..150).map(|n| lasting(1000 + n, WorkflowRunStatus::Succeeded, -1));
        store.record(tenant, unknown.collect()).await.unwrap();
        assert_eq!(durations().await, (Some(275), Some(298)));
        let workflow = list(&*store, tenant, "").await.items.remove(0);
        let counts = [workflow.succeeded, workflow.failed, workflow.cancelled];
        assert_eq!((workflow.total, counts), (754, [250, 102, 101]));
        assert_eq!((workflow.pending, workflow.running, workflow.paused), (0, 1, 300));
    });
}

async fn list(store: &dyn Store, tenant: TenantId, query: &str) -> WorkflowList {
    store.workflows(tenant, ListWorkflowsQuery::parse(query).unwrap()).await.unwrap()
}

/// A run of this workflow, created this many seconds after 1970.
fn of(workflow: &str, id: &str, second: i64) -> WorkflowRunDetail {
    let created_at = Timestamp::from_millis(second * 1000).unwrap();
    WorkflowRunDetail { workflow_id: workflow.into(), created_at, ..run(id) }
}
