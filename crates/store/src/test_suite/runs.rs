//! Recording runs and getting them.

use runledger_model::{
    ListExecutionsQuery, StepExecution, Timestamp, WorkflowRunDetail, WorkflowRunStatus, examples,
};

use super::support::{New, run, runtime};
use crate::{Recorded, RunFilter};

pub fn a_recorded_run_is_returned_as_it_was_given<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        assert_eq!(store.get(tenant, "a").await.unwrap(), None);
        let bare = WorkflowRunDetail {
            duration: None,
            started_at: None,
            finished_at: None,
            steps: vec![],
            step_count: 0,
            status: WorkflowRunStatus::Pending,
            ..run("b/ü %\u{1F600}")
        };
        let full =
            WorkflowRunDetail { attempt: 1, attempts: vec![], ..examples::retried_execution() };
        let runs = vec![run("a"), bare.clone(), full.clone()];
        let results = store.record(tenant, runs).await.unwrap();
        assert_eq!(results, [Recorded::Created; 3]);
        assert_eq!(store.get(tenant, &full.id).await.unwrap().as_ref(), Some(&full));
        let list = store.list(tenant, ListExecutionsQuery::default()).await.unwrap();
        assert!(list.items.contains(&full.metadata()));
        assert_eq!(store.get(tenant, "a").await.unwrap(), Some(run("a")));
        assert_eq!(store.get(tenant, &bare.id).await.unwrap(), Some(bare));
    });
}

pub fn the_text_size_is_that_of_the_steps<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        let other = store.find_or_create_tenant("other").await.unwrap();
        let step = |id: &str, error: Option<&str>| StepExecution {
            id: id.into(),
            step_name: "name".into(),
            error: error.map(str::to_owned),
            ..run("a").steps[0].clone()
        };
        let steps = vec![step("1", Some("\u{1F600}")), step("22", None)];
        let run = WorkflowRunDetail { steps, step_count: 2, ..run("a") };
        store.record(tenant, vec![run]).await.unwrap();
        assert_eq!(store.text_size(tenant, "a").await.unwrap(), 1 + 4 + 4 + 2 + 4);
        assert_eq!(store.text_size(tenant, "b").await.unwrap(), 0);
        assert_eq!(store.text_size(other, "a").await.unwrap(), 0);
    });
}

pub fn an_equal_run_is_unchanged_and_a_different_one_updated<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        let mut run = run("a");
        assert_eq!(store.record(tenant, vec![run.clone()]).await.unwrap(), [Recorded::Created]);
        assert_eq!(store.record(tenant, vec![run.clone()]).await.unwrap(), [Recorded::Unchanged]);
        run.steps.pop();
        run.step_count = 1;
        assert_eq!(store.record(tenant, vec![run.clone()]).await.unwrap(), [Recorded::Updated]);
        assert_eq!(store.get(tenant, "a").await.unwrap(), Some(run));
    });
}

pub fn a_final_status_never_becomes_live_again<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        for from in WorkflowRunStatus::ALL {
            for to in WorkflowRunStatus::ALL {
                let id = format!("{from} to {to}");
                let before = WorkflowRunDetail { status: *from, ..run(&id) };
                let after = WorkflowRunDetail { status: *to, ..run(&id) };
                store.record(tenant, vec![before.clone()]).await.unwrap();
                let result = store.record(tenant, vec![after.clone()]).await.unwrap()[0];
                let stands = store.get(tenant, &id).await.unwrap().unwrap();
                if from.is_final() && !to.is_final() {
                    assert_eq!(result, Recorded::Conflict { from: *from, to: *to });
                    assert_eq!(stands, before);
                } else {
                    let expected = if from == to { Recorded::Unchanged } else { Recorded::Updated };
                    assert_eq!(result, expected, "{id}");
                    assert_eq!(stands, after);
                }
            }
        }
    });
}

pub fn a_run_that_is_listed_twice_is_recorded_twice<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        let live = WorkflowRunDetail { status: WorkflowRunStatus::Running, ..run("a") };
        let batch = vec![live.clone(), run("a"), run("a"), live];
        let results = store.record(tenant, batch).await.unwrap();
        let conflict = Recorded::Conflict {
            from: WorkflowRunStatus::Succeeded,
            to: WorkflowRunStatus::Running,
        };
        let expected = [Recorded::Created, Recorded::Updated, Recorded::Unchanged, conflict];
        assert_eq!(results, expected);
        let list = store.list(tenant, ListExecutionsQuery::default()).await.unwrap();
        assert_eq!((list.total, list.succeeded), (1, 1));
    });
}

pub fn a_deleted_run_is_gone_and_can_be_recorded_again<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        let other = store.find_or_create_tenant("other").await.unwrap();
        for tenant in [tenant, other] {
            store.record(tenant, vec![run("a"), run("b")]).await.unwrap();
        }
        assert!(store.delete(tenant, "a").await.unwrap());
        assert!(!store.delete(tenant, "a").await.unwrap(), "it is gone already");
        assert_eq!(store.get(tenant, "a").await.unwrap(), None);
        let list = store.list(tenant, ListExecutionsQuery::default()).await.unwrap();
        assert_eq!((list.total, list.succeeded, list.items.len()), (1, 1, 1));
        assert_eq!(store.get(other, "a").await.unwrap(), Some(run("a")));
        let live = WorkflowRunDetail { status: WorkflowRunStatus::Running, ..run("a") };
        let recorded = store.record(tenant, vec![live.clone()]).await.unwrap();
        assert_eq!(recorded, [Recorded::Created], "also with a live status");
        assert_eq!(store.get(tenant, "a").await.unwrap(), Some(live));
    });
}

pub fn the_oldest_matching_runs_are_deleted_first<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        let at = |second: i64| Timestamp::from_millis(second * 1000).unwrap();
        let runs = (0..900).map(|second| WorkflowRunDetail {
            created_at: at(second),
            status: match second % 3 {
                0 => WorkflowRunStatus::Failed,
                1 => WorkflowRunStatus::Succeeded,
                _ => WorkflowRunStatus::Running,
            },
            ..run(&format!("run {second}"))
        });
        store.record(tenant, runs.collect()).await.unwrap();
        let filter = RunFilter {
            statuses: Some(vec![WorkflowRunStatus::Failed, WorkflowRunStatus::Succeeded]),
            created_before: Some(at(600)),
            ..RunFilter::default()
        };
        for (max, deleted, total) in [(150, 150, 750), (1000, 250, 500), (1000, 0, 500)] {
            let count = store.delete_oldest(tenant, filter.clone(), max).await.unwrap();
            assert_eq!(count, deleted);
            let list = store.list(tenant, ListExecutionsQuery::default()).await.unwrap();
            assert_eq!(list.total, total);
        }
        assert!(store.get(tenant, "run 2").await.unwrap().is_some(), "a live run stays");
        assert!(store.get(tenant, "run 600").await.unwrap().is_some(), "a newer run stays");
        let never = RunFilter { workflow_id: Some("never".into()), ..RunFilter::default() };
        assert_eq!(store.delete_oldest(tenant, never, 10).await.unwrap(), 0);
    });
}
