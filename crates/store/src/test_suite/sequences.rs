//! After any sequence of recordings, every page, filter and total is what a naive ledger says.

use std::sync::Arc;

use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use runledger_model::{
    ListExecutionsQuery, Timestamp, WorkflowRunDetail, WorkflowRunStatus, WorkflowRunStatusFilter,
};

use super::{ReferenceLedger, run, runtime};
use crate::Store;

const IDS: usize = 12;
const TENANTS: usize = 2;
const WORKFLOWS: [&str; 3] = ["w", "w2", "é"];

/// Some batches of runs, each of one tenant.
pub fn any_batches() -> impl Strategy<Value = Vec<(usize, Vec<WorkflowRunDetail>)>> {
    vec((0..TENANTS, vec(any_run(), 1..12)), 1..12)
}

pub fn every_page_and_total_is_what_a_naive_ledger_says<T>(fresh: fn() -> (T, Arc<dyn Store>)) {
    let mut runner =
        TestRunner::new(Config { cases: 96, failure_persistence: None, ..Config::default() });
    runner
        .run(&any_batches(), |batches| {
            let (_kept, store) = fresh();
            runtime().block_on(compare(&*store, batches));
            Ok(())
        })
        .unwrap();
}

/// Few ids, workflows and moments, so that runs meet again, tie, and lie on both sides of borders of hours and days.
fn any_run() -> impl Strategy<Value = WorkflowRunDetail> {
    let hour = prop_oneof![-26i64..26, Just(0), Just(-1), Just(24), Just(20_000)];
    let within = prop_oneof![Just(0i64), Just(3_599_999), 0..3_600_000i64];
    let status = proptest::sample::select(WorkflowRunStatus::ALL.to_vec());
    (0..IDS, 0..WORKFLOWS.len(), status, hour, within, 0..3usize).prop_map(
        |(id, workflow, status, hour, within, steps)| {
            let mut run = run(&format!("run {id}"));
            run.workflow_id = WORKFLOWS[workflow].into();
            run.version_display_name = format!("of {}", run.workflow_id);
            run.status = status;
            run.created_at = Timestamp::from_millis(hour * 3_600_000 + within).unwrap();
            run.steps.truncate(steps);
            run.step_count = run.steps.len() as i32;
            run
        },
    )
}

async fn compare(store: &dyn Store, batches: Vec<(usize, Vec<WorkflowRunDetail>)>) {
    let mut naive = ReferenceLedger::default();
    let mut tenants = Vec::new();
    for name in ["one", "two"] {
        tenants.push(store.find_or_create_tenant(name).await.unwrap());
    }
    for (tenant, runs) in batches {
        let expected: Vec<_> = runs.iter().map(|run| naive.record(tenant, run)).collect();
        assert_eq!(store.record(tenants[tenant], runs).await.unwrap(), expected);
    }
    for (number, tenant) in tenants.into_iter().enumerate() {
        for id in 0..IDS {
            let id = format!("run {id}");
            assert_eq!(store.get(tenant, &id).await.unwrap(), naive.get(number, &id));
        }
        for query in queries() {
            let expected = naive.list(number, &query);
            assert_eq!(store.list(tenant, query).await.unwrap(), expected);
        }
    }
}

/// Every filter, and every page of some sizes up to one past the last.
fn queries() -> impl Iterator<Item = ListExecutionsQuery> {
    let workflows = [None, Some("w"), Some("w2"), Some("é"), Some("never")];
    workflows.into_iter().flat_map(|workflow| {
        WorkflowRunStatusFilter::ALL.iter().flat_map(move |status| {
            [(1, IDS as i32 + 1), (3, 5), (100, 2)].into_iter().flat_map(move |(limit, pages)| {
                (1..=pages).map(move |page| ListExecutionsQuery {
                    page,
                    limit,
                    workflow_id: workflow.map(str::to_owned),
                    status: *status,
                })
            })
        })
    })
}
