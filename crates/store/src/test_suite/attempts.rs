//! Attempts of runs.

use std::collections::BTreeMap;

use proptest::{
    collection::vec,
    option,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use runledger_model::{
    ListExecutionsQuery, Recording, RunPatch, Timestamp, WorkflowRunDetail, WorkflowRunInput,
    WorkflowRunStatus,
};

use super::support::{New, run, runtime};
use crate::{Recorded, Store, TenantId};

/// The number of runs in a random sequence.
const IDS: usize = 3;

pub fn a_higher_attempt_begins_another_and_keeps_the_one_before<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        let first = WorkflowRunDetail { status: WorkflowRunStatus::Failed, ..run("a") };
        let second = WorkflowRunDetail {
            attempt: 2,
            status: WorkflowRunStatus::Running,
            steps: vec![],
            step_count: 0,
            ..run("a")
        };
        store.record(tenant, vec![first.clone()]).await.unwrap();
        assert_eq!(store.get(tenant, "a").await.unwrap(), Some(first.clone()));
        let before = store.last_change(tenant).await.unwrap();
        let recorded = store.record(tenant, vec![second.clone(), second.clone()]).await.unwrap();
        assert_eq!(recorded, [Recorded::Updated, Recorded::Unchanged]);
        assert_eq!(store.last_change(tenant).await.unwrap(), before + 1);
        let attempts = vec![first.as_attempt(), second.as_attempt()];
        let [first, second] =
            [first, second].map(|run| WorkflowRunDetail { attempts: attempts.clone(), ..run });
        assert_eq!(store.get(tenant, "a").await.unwrap(), Some(second.clone()));
        assert_eq!(store.get_attempt(tenant, "a", 2).await.unwrap(), Some(second));
        assert_eq!(store.get_attempt(tenant, "a", 1).await.unwrap(), Some(first));
        assert_eq!(store.get_attempt(tenant, "a", 3).await.unwrap(), None);
        let list = store.list(tenant, ListExecutionsQuery::default()).await.unwrap();
        assert_eq!((list.total, list.failed, list.items[0].attempt), (1, 0, 2));
        assert!(store.delete(tenant, "a").await.unwrap());
        assert_eq!(store.get_attempt(tenant, "a", 1).await.unwrap(), None);
        store.record(tenant, vec![run("a")]).await.unwrap();
        assert_eq!(store.get(tenant, "a").await.unwrap(), Some(run("a")), "no attempt is left");
    });
}

pub fn an_earlier_attempt_is_changed_alone<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        let attempt = |attempt, status| WorkflowRunDetail { attempt, status, ..run("a") };
        let newest = attempt(3, WorkflowRunStatus::Running);
        store.record(tenant, vec![newest.clone()]).await.unwrap();
        let before = store.last_change(tenant).await.unwrap();
        let late = attempt(1, WorkflowRunStatus::Failed);
        let live = attempt(1, WorkflowRunStatus::Running);
        let recorded = store.record(tenant, vec![late.clone(), late.clone(), live]).await.unwrap();
        let conflict =
            Recorded::Conflict { from: WorkflowRunStatus::Failed, to: WorkflowRunStatus::Running };
        assert_eq!(recorded, [Recorded::Updated, Recorded::Unchanged, conflict]);
        assert_eq!(store.last_change(tenant).await.unwrap(), before + 1, "it is a change");
        let stands = store.get(tenant, "a").await.unwrap().unwrap();
        assert_eq!((stands.attempt, stands.status), (3, WorkflowRunStatus::Running));
        assert_eq!(stands.attempts, [late.as_attempt(), newest.as_attempt()]);
        let list = store.list(tenant, ListExecutionsQuery::default()).await.unwrap();
        assert_eq!((list.total, list.failed), (1, 0));
    });
}

pub fn what_is_left_out_is_that_of_the_recorded_run<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        let created_at = Timestamp::from_millis(1_000_000).unwrap();
        let known = WorkflowRunDetail { created_at, attempt: 2, ..run("a") };
        store.record(tenant, vec![known]).await.unwrap();
        let json = br#"{ "id": "a", "workflow_id": "w", "status": "FAILED",
            "started_at": "2025-01-04T12:00:00Z",
            "steps": [{ "id": "s", "step_name": "n", "status": "FAILED" }] }"#;
        let recording = || WorkflowRunInput::from_json(json).unwrap().into_recording(None).unwrap();
        let recorded = store.record_all(tenant, vec![recording(), recording()]).await.unwrap();
        assert_eq!(recorded[0].recorded, Recorded::Updated);
        assert_eq!(recorded[1].recorded, Recorded::Unchanged);
        let stands = store.get(tenant, "a").await.unwrap().unwrap();
        assert_eq!((stands.attempt, stands.created_at), (2, created_at));
        assert_eq!(stands.steps[0].created_at, created_at);
        assert_eq!(recorded[1].run, stands);
    });
}

pub fn the_timeout_of_an_attempt_does_not_end_the_next_one<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        let live = WorkflowRunDetail { status: WorkflowRunStatus::Running, ..run("a") };
        let first = WorkflowRunDetail { heartbeat_timeout: Some(60), ..live.clone() };
        store.record(tenant, vec![first]).await.unwrap();
        assert_eq!(store.heartbeats().await.unwrap().len(), 1);
        store.record(tenant, vec![WorkflowRunDetail { attempt: 2, ..live }]).await.unwrap();
        assert_eq!(store.heartbeats().await.unwrap(), []);
    });
}

pub fn a_patch_changes_its_attempt_only<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        let patch = async |json: &str| {
            let patch = RunPatch::from_json("a", json.as_bytes()).unwrap();
            store.patch(tenant, patch, None, usize::MAX).await.unwrap().unwrap()
        };
        let begin = r#"{"workflow_id":"w","status":"FAILED","created_at":"2025-01-04T12:00:00Z"}"#;
        assert_eq!(patch(begin).await.recorded, Recorded::Created);
        let next = r#"{"attempt":3,"steps":[{"id":"s","step_name":"n","status":"RUNNING"}]}"#;
        assert_eq!(patch(next).await.recorded, Recorded::Updated);
        let late = r#"{"attempt":1,"error":"late","steps":[
            {"id":"s","step_name":"n","status":"FAILED"}]}"#;
        assert_eq!(patch(late).await.recorded, Recorded::Updated);
        assert_eq!(patch(late).await.recorded, Recorded::Unchanged);
        let missed = patch(r#"{"attempt":2,"status":"CANCELLED"}"#).await;
        assert_eq!((missed.recorded, missed.run.attempt), (Recorded::Updated, 2));
        assert_eq!(patch(r#"{"status":"SUCCEEDED"}"#).await.run.attempt, 3);
        let newest = store.get(tenant, "a").await.unwrap().unwrap();
        let states: Vec<_> =
            newest.attempts.iter().map(|one| (one.attempt, one.status.as_str())).collect();
        assert_eq!(states, [(1, "FAILED"), (2, "CANCELLED"), (3, "SUCCEEDED")]);
        assert_eq!((newest.step_count, newest.error), (1, None));
        let first = store.get_attempt(tenant, "a", 1).await.unwrap().unwrap();
        assert_eq!((first.step_count, first.error.as_deref()), (1, Some("late")));
        let second = store.get_attempt(tenant, "a", 2).await.unwrap().unwrap();
        assert_eq!((second.step_count, second.steps), (0, vec![]), "it has nothing of the others");
        assert_eq!(first.steps[0].status.as_str(), "FAILED");
    });
}

pub fn steps_of_any_attempt_have_the_same_order_whatever_came_first<T>(new: New<T>) {
    let (_kept, store) = new();
    let step = |id: &str| {
        let times = r#""created_at":"2025-01-04T12:00:00Z""#;
        format!(r#"{{"id":"{id}","step_name":"n","status":"RUNNING",{times}}}"#)
    };
    let begin = format!(
        r#"{{"workflow_id":"w","status":"RUNNING","steps":[{},{}]}}"#,
        step("b"),
        step("a")
    );
    let add = |id: &str| format!(r#"{{"attempt":1,"steps":[{}]}}"#, step(id));
    let next = r#"{"attempt":2}"#.to_owned();
    let requests = [next, add("d"), add("c")];
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [2, 0, 1], [1, 2, 0], [2, 1, 0]];
    runtime().block_on(async {
        for (number, order) in orders.into_iter().enumerate() {
            let tenant = store.find_or_create_tenant(&number.to_string()).await.unwrap();
            let input = WorkflowRunInput::from_json(begin.as_bytes()).unwrap();
            store.record(tenant, vec![input.into_run(Some("a")).unwrap()]).await.unwrap();
            for request in order.map(|request| &requests[request]) {
                let patch = RunPatch::from_json("a", request.as_bytes()).unwrap();
                store.patch(tenant, patch, None, usize::MAX).await.unwrap().unwrap();
            }
            let run = store.get_attempt(tenant, "a", 1).await.unwrap().unwrap();
            let ids: Vec<_> = run.steps.iter().map(|step| step.id.as_str()).collect();
            assert_eq!(ids, ["b", "a", "c", "d"], "{order:?}");
        }
    });
}

/// What is recorded: for each id the attempts by their numbers.
type Attempts = BTreeMap<String, BTreeMap<i32, WorkflowRunDetail>>;

/// A recording or a deletion of a run.
#[derive(Clone, Debug)]
enum Event {
    Record(Box<WorkflowRunInput>),
    Delete(String),
}

fn any_event() -> impl Strategy<Value = Event> {
    let status = proptest::sample::select(WorkflowRunStatus::ALL.to_vec());
    let record = (0..IDS, option::of(1..5i32), status, 0..3usize).prop_map(
        |(id, attempt, status, steps)| {
            let mut run = run(&format!("run {id}"));
            run.steps.truncate(steps);
            run.step_count = run.steps.len() as i32;
            let input = WorkflowRunInput { attempt, status: status.into(), ..run.into() };
            Event::Record(Box::new(input))
        },
    );
    let delete = (0..IDS).prop_map(|id| Event::Delete(format!("run {id}")));
    prop_oneof![12 => record, 1 => delete]
}

pub fn any_sequence_of_attempts_is_as_in_a_plain_model<T>(new: New<T>) {
    let config = Config { cases: 128, failure_persistence: None, ..Config::default() };
    let compare = |events| {
        let (_kept, store) = new();
        runtime().block_on(compare(&*store, events));
        Ok(())
    };
    TestRunner::new(config).run(&vec(any_event(), 1..40), compare).unwrap();
}

async fn compare(store: &dyn Store, events: Vec<Event>) {
    let tenant = store.find_or_create_tenant("one").await.unwrap();
    let mut expected = Attempts::new();
    for event in events {
        match event {
            Event::Delete(id) => {
                let existed = expected.remove(&id).is_some();
                assert_eq!(store.delete(tenant, &id).await.unwrap(), existed);
            }
            Event::Record(input) => {
                let recording = input.into_recording(None).unwrap();
                apply(&mut expected, recording.clone());
                store.record_all(tenant, vec![recording]).await.unwrap();
            }
        }
    }
    compare_runs(store, tenant, &expected).await;
    let list = store.list(tenant, ListExecutionsQuery::default()).await.unwrap();
    let newest = |attempts: &BTreeMap<_, WorkflowRunDetail>| attempts.values().last().cloned();
    let newest: Vec<_> = expected.values().filter_map(newest).collect();
    let failed = newest.iter().filter(|run| run.status == WorkflowRunStatus::Failed).count();
    assert_eq!((list.total, list.failed), (newest.len() as i64, failed as i64));
    for run in newest {
        assert!(list.items.contains(&run.metadata()));
    }
}

/// The rules of the contract in a few words.
fn apply(expected: &mut Attempts, recording: Recording) {
    let attempts = expected.entry(recording.id().to_owned()).or_default();
    let newest = attempts.keys().last().copied();
    let attempt = recording.attempt().or(newest).unwrap_or(1);
    let run = WorkflowRunDetail { attempt, ..recording.into_new() };
    let stands = attempts.get(&attempt).is_some_and(|stored| stored.status.is_final());
    if run.status.is_final() || !stands {
        attempts.insert(attempt, run);
    }
}

async fn compare_runs(store: &dyn Store, tenant: TenantId, expected: &Attempts) {
    for id in (0..IDS).map(|id| format!("run {id}")) {
        let attempts = expected.get(&id).cloned().unwrap_or_default();
        let summaries: Vec<_> = attempts.values().map(WorkflowRunDetail::as_attempt).collect();
        let summaries = if summaries.len() > 1 { summaries } else { vec![] };
        let listed = |run: &WorkflowRunDetail| WorkflowRunDetail {
            attempts: summaries.clone(),
            ..run.clone()
        };
        let newest = attempts.values().last().map(listed);
        assert_eq!(store.get(tenant, &id).await.unwrap(), newest);
        for number in 1..5 {
            let found = store.get_attempt(tenant, &id, number).await.unwrap();
            assert_eq!(found, attempts.get(&number).map(listed), "{id}, attempt {number}");
        }
    }
}
