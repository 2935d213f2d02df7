//! Many callers at the same time.

use std::sync::Arc;

use runledger_model::{ListExecutionsQuery, StepExecution};

use super::support::{New, run};
use crate::Recorded;

pub fn concurrent_recordings_are_counted_once<T>(new: New<T>) {
    let (_kept, store) = new();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    runtime.block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        let tasks: Vec<_> = (0..40)
            .map(|task| {
                let store = Arc::clone(&store);
                let runs = (0..25).map(|n| run(&format!("{}", task / 2 * 25 + n))).collect();
                tokio::spawn(async move { store.record(tenant, runs).await.unwrap() })
            })
            .collect();
        let mut created = 0;
        for task in tasks {
            let results = task.await.unwrap();
            created += results.iter().filter(|result| **result == Recorded::Created).count();
        }
        assert_eq!(created, 500);
        assert_eq!(store.list(tenant, ListExecutionsQuery::default()).await.unwrap().total, 500);
    });
}

pub fn a_response_is_of_one_moment<T>(new: New<T>) {
    let (_kept, store) = new();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        let of = |steps: usize| {
            let mut run = run("changing");
            run.steps = (0..steps)
                .map(|n| StepExecution { id: n.to_string(), ..run.steps[0].clone() })
                .collect();
            run.step_count = steps as i32;
            run.version_display_name = steps.to_string();
            run
        };
        store.record(tenant, vec![of(0)]).await.unwrap();
        let writing = tokio::spawn({
            let store = Arc::clone(&store);
            async move {
                for n in 0..300 {
                    store.record(tenant, vec![run(&format!("run {n}")), of(n % 9)]).await.unwrap();
                }
            }
        });
        while !writing.is_finished() {
            let list = store
                .list(tenant, ListExecutionsQuery { limit: 100, ..ListExecutionsQuery::default() });
            let list = list.await.unwrap();
            assert_eq!(list.items.len() as i64, list.total.min(100));
            let run = store.get(tenant, "changing").await.unwrap().unwrap();
            assert_eq!(run.version_display_name, run.steps.len().to_string());
        }
        writing.await.unwrap();
    });
}
