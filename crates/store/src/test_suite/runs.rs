//! Recording runs and getting them.

use runledger_model::{ListExecutionsQuery, StepExecution, WorkflowRunDetail, WorkflowRunStatus};

use super::support::{New, run, runtime};
use crate::Recorded;

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
        let results = store.record(tenant, vec![run("a"), bare.clone()]).await.unwrap();
        assert_eq!(results, [Recorded::Created; 2]);
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
