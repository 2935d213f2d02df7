//! Changes that depend on what is recorded: merges and conditions.

use std::sync::Arc;

use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::select,
    test_runner::{Config, TestRunner},
};
use runledger_model::{ListExecutionsQuery, RunPatch, WorkflowRunDetail, WorkflowRunStatus};
use serde_json::{Map, Value, json};

use super::support::{New, run, runtime};
use crate::{Condition, Recorded, Refused, Store, TenantId, memory::MemoryStore};

const FAILED: WorkflowRunStatus = WorkflowRunStatus::Failed;
const MAX_BYTES: usize = 1_000_000;

fn patch(id: &str, body: &Value) -> RunPatch {
    RunPatch::from_json(id, body.to_string().as_bytes()).unwrap()
}

/// Holds for the run in this state, or for none.
fn is(expected: Option<WorkflowRunDetail>) -> Condition {
    Arc::new(move |run| run == expected.as_ref())
}

pub fn a_patch_begins_and_changes_a_run<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("t").await.unwrap();
        let send = async |body: Value| {
            store.patch(tenant, patch("r", &body), None, MAX_BYTES).await.unwrap()
        };
        assert!(matches!(send(json!({})).await, Err(Refused::Invalid(_))));
        assert_eq!(store.last_change(tenant).await.unwrap(), 0);
        let body = json!({ "workflow_id": "w", "created_at": "2025-01-04T12:00:00Z",
            "steps": [{ "id": "b", "created_at": "2025-01-04T12:00:02Z" }] });
        let begun = send(body.clone()).await.unwrap();
        assert_eq!((begun.recorded, &*begun.run.id), (Recorded::Created, "r"));
        assert_eq!(send(body).await.unwrap().recorded, Recorded::Unchanged);
        assert_eq!(send(json!({})).await.unwrap().recorded, Recorded::Unchanged);
        assert_eq!(store.last_change(tenant).await.unwrap(), 1);
        let steps = json!([{ "id": "a", "created_at": "2025-01-04T12:00:01Z" },
            { "id": "b", "status": "FAILED", "error": "e" }, { "id": "b", "step_name": "n" }]);
        let updated = send(json!({ "status": "FAILED", "steps": steps })).await.unwrap();
        assert_eq!(updated.recorded, Recorded::Updated);
        let run = store.get(tenant, "r").await.unwrap().unwrap();
        assert_eq!(run.metadata(), updated.run);
        let steps: Vec<_> = run.steps.iter().map(|step| (&*step.id, &*step.step_name)).collect();
        assert_eq!((steps, run.step_count), (vec![("a", "a"), ("b", "n")], 2));
        assert_eq!(run.steps[1].error.as_deref(), Some("e"));
        let list = store.list(tenant, ListExecutionsQuery::default()).await.unwrap();
        assert_eq!((list.total, list.failed), (1, 1));
    });
}

pub fn a_refused_patch_changes_nothing<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("t").await.unwrap();
        store.record(tenant, vec![run("r")]).await.unwrap();
        for merged in [false, true] {
            let before = store.get(tenant, "r").await.unwrap();
            let change = store.last_change(tenant).await.unwrap();
            let large = json!({ "status": "FAILED", "steps": [{ "id": "x", "error": "e" }] });
            let size = serde_json::to_vec(&before).unwrap().len();
            let refused = store.patch(tenant, patch("r", &large), None, size).await.unwrap();
            assert!(matches!(refused, Err(Refused::TooLarge { .. })), "{merged}: {refused:?}");
            let never: Condition = Arc::new(|_| false);
            let body = patch("r", &json!({ "status": "FAILED" }));
            let refused = store.patch(tenant, body, Some(never), MAX_BYTES).await.unwrap();
            assert_eq!(refused, Err(Refused::Condition));
            assert_eq!(store.get(tenant, "r").await.unwrap(), before);
            assert_eq!(store.last_change(tenant).await.unwrap(), change);
            let body = patch("r", &json!({ "url": "https://e" }));
            store.patch(tenant, body, None, MAX_BYTES).await.unwrap().unwrap();
        }
        // Exactly as large as permitted.
        let body = patch("r", &json!({ "steps": [{ "id": "y", "step_name": "a\"b" }] }));
        let (_kept, other) = new();
        let twin = other.find_or_create_tenant("t").await.unwrap();
        let whole = store.get(tenant, "r").await.unwrap().unwrap();
        other.record(twin, vec![whole]).await.unwrap();
        other.patch(twin, body.clone(), None, MAX_BYTES).await.unwrap().unwrap();
        let size = serde_json::to_vec(&other.get(twin, "r").await.unwrap()).unwrap().len();
        let refused = store.patch(tenant, body.clone(), None, size - 1).await.unwrap();
        assert_eq!(refused, Err(Refused::TooLarge { bytes: size }));
        assert!(store.patch(tenant, body, None, size).await.unwrap().is_ok());
        // Larger than permitted: its steps may change, but none may be added.
        for (body, is_permitted) in [
            (json!({ "steps": [{ "id": "y", "error": "e" }], "url": "https://e" }), true),
            (json!({ "steps": [{ "id": "z" }] }), false),
            (json!({ "status": "FAILED" }), true),
        ] {
            let patched = store.patch(tenant, patch("r", &body), None, 100).await.unwrap();
            assert_eq!(patched.is_ok(), is_permitted, "{body}: {patched:?}");
        }
    });
}

pub fn a_change_happens_only_if_its_condition_holds<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("t").await.unwrap();
        let first = run("r");
        let second = WorkflowRunDetail { status: WorkflowRunStatus::Failed, ..first.clone() };
        let put = async |run: &WorkflowRunDetail, condition| {
            let recorded =
                store.record_if(tenant, run.clone().into(), Some(condition)).await.unwrap();
            recorded.map(|run| run.recorded)
        };
        let refused = || Err(Refused::Condition);
        assert_eq!(put(&first, is(Some(first.clone()))).await, refused());
        assert_eq!(put(&first, is(None)).await, Ok(Recorded::Created));
        assert_eq!(put(&second, is(None)).await, refused());
        assert_eq!(put(&second, is(Some(second.clone()))).await, refused());
        assert_eq!(put(&second, is(Some(first.clone()))).await, Ok(Recorded::Updated));
        let delete = async |condition| store.delete_if(tenant, "r", Some(condition)).await.unwrap();
        assert_eq!(delete(is(Some(first))).await, Err(Refused::Condition));
        assert_eq!(store.get(tenant, "r").await.unwrap().as_ref(), Some(&second));
        assert_eq!(delete(is(Some(second))).await, Ok(true));
        assert_eq!(delete(is(None)).await, Ok(false));
    });
}

pub fn a_silent_run_is_ended_once<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("t").await.unwrap();
        let timeout = Some(60);
        let whole = WorkflowRunDetail {
            heartbeat_timeout: timeout,
            status: WorkflowRunStatus::Running,
            ..run("whole")
        };
        let without = WorkflowRunDetail { heartbeat_timeout: None, ..whole.clone() };
        let final_run = WorkflowRunDetail { status: WorkflowRunStatus::Failed, ..whole.clone() };
        let named =
            |id: &str, run: &WorkflowRunDetail| WorkflowRunDetail { id: id.into(), ..run.clone() };
        let runs = vec![whole.clone(), named("without", &without), named("final", &final_run)];
        store.record(tenant, runs).await.unwrap();
        let merged =
            json!({ "workflow_id": "w", "heartbeat_timeout": 5, "steps": [{ "id": "a" }] });
        store.patch(tenant, patch("merged", &merged), None, MAX_BYTES).await.unwrap().unwrap();
        let heartbeats = async || {
            let mut all = store.heartbeats().await.unwrap();
            all.sort_by(|one, other| one.id.cmp(&other.id));
            all
        };
        let first = heartbeats().await;
        let known: Vec<_> = first.iter().map(|it| (&*it.id, it.timeout, it.tenant)).collect();
        assert_eq!(known, [("merged", 5, tenant), ("whole", 60, tenant)]);
        // What changes nothing is a heartbeat as well.
        store.record(tenant, vec![whole.clone()]).await.unwrap();
        store.patch(tenant, patch("merged", &json!({})), None, MAX_BYTES).await.unwrap().unwrap();
        for heartbeat in first {
            assert!(!store.end_lost(heartbeat).await.unwrap(), "it was heard of since");
        }
        let change = store.last_change(tenant).await.unwrap();
        for heartbeat in heartbeats().await {
            let before = store.get(tenant, &heartbeat.id).await.unwrap().unwrap();
            assert!(store.end_lost(heartbeat.clone()).await.unwrap());
            assert!(!store.end_lost(heartbeat.clone()).await.unwrap(), "it is ended");
            let run = store.get(tenant, &heartbeat.id).await.unwrap().unwrap();
            assert_eq!(
                (run.status, run.outcome.as_deref()),
                (WorkflowRunStatus::Failed, Some("LOST"))
            );
            assert_eq!(run.steps, before.steps);
            assert_eq!(run.finished_at, before.finished_at.or(Some(heartbeat.heard_at)));
            let error = format!("The run was last heard of at {}, and not", heartbeat.heard_at);
            assert!(run.error.unwrap().starts_with(&error));
        }
        assert_eq!(heartbeats().await, []);
        assert_eq!(store.last_change(tenant).await.unwrap(), change + 2);
        let recorded = store.record(tenant, vec![whole]).await.unwrap();
        assert_eq!(recorded, [Recorded::Updated], "a later report counts");
        store.patch(tenant, patch("merged", &json!({})), None, MAX_BYTES).await.unwrap().unwrap();
        assert_eq!(heartbeats().await.len(), 2);
        store.delete(tenant, "whole").await.unwrap();
        let end = json!({ "status": "SUCCEEDED" });
        store.patch(tenant, patch("merged", &end), None, MAX_BYTES).await.unwrap().unwrap();
        assert_eq!(heartbeats().await, []);
    });
}

pub fn only_a_run_that_the_server_ended_lives_again<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("t").await.unwrap();
        let send = async |body: Value| {
            store.patch(tenant, patch("r", &body), None, MAX_BYTES).await.unwrap().unwrap().recorded
        };
        let lose = async || {
            let heartbeats = store.heartbeats().await.unwrap();
            assert_eq!(heartbeats.len(), 1);
            assert!(store.end_lost(heartbeats[0].clone()).await.unwrap());
            assert_eq!(store.heartbeats().await.unwrap(), []);
        };
        let get = async || store.get(tenant, "r").await.unwrap().unwrap();
        let begin = json!({ "workflow_id": "w", "heartbeat_timeout": 5, "outcome": "MINE",
            "error": "own", "started_at": "2025-01-04T12:00:00Z", "steps": [{ "id": "a" }] });
        send(begin).await;
        let live = get().await;
        lose().await;
        let lost = get().await;
        assert_eq!((lost.status, lost.outcome.as_deref()), (FAILED, Some("LOST")));
        assert!(lost.duration.is_some());
        // A note of another client.
        assert_eq!(send(json!({ "metadata": { "ticket": "1" } })).await, Recorded::Updated);
        assert_eq!(send(json!({ "metadata": { "ticket": "1" } })).await, Recorded::Unchanged);
        let noted = get().await;
        assert_eq!(
            (noted.status, &noted.outcome, &noted.error),
            (FAILED, &lost.outcome, &lost.error)
        );
        assert_eq!(send(json!({})).await, Recorded::Updated);
        let metadata = noted.metadata.clone();
        assert_eq!(get().await, WorkflowRunDetail { metadata, ..live.clone() });
        let list = store.list(tenant, ListExecutionsQuery::default()).await.unwrap();
        assert_eq!((list.total, list.failed), (1, 0));
        for body in [json!({ "steps": [{ "id": "b" }] }), json!({ "status": "RUNNING" })] {
            lose().await;
            send(body).await;
            let run = get().await;
            assert_eq!((run.status, run.outcome.as_deref()), (live.status, Some("MINE")));
        }
        lose().await;
        send(json!({ "status": "SUCCEEDED", "outcome": null })).await;
        assert_eq!(send(json!({})).await, Recorded::Unchanged);
        // What the recorder itself says is no more than any final state.
        send(json!({ "status": "LOST", "outcome": "LOST" })).await;
        let own = get().await;
        assert_eq!(own.outcome.as_deref(), Some("LOST"));
        assert_eq!(send(json!({ "status": "RUNNING" })).await, Recorded::Unchanged);
        let conflict = Recorded::Conflict { from: FAILED, to: live.status };
        let recorded = store.record(tenant, vec![live.clone()]).await.unwrap();
        assert_eq!(recorded, [conflict]);
        send(json!({ "attempt": 2, "heartbeat_timeout": 5 })).await;
        lose().await;
        let next = WorkflowRunDetail { attempt: 2, attempts: Vec::new(), ..live };
        let recorded = store.record(tenant, vec![next]).await.unwrap();
        assert_eq!(recorded, [Recorded::Updated], "any state replaces that of a lost run");
    });
}

pub fn a_later_fact_wins_over_the_end_of_a_silent_run<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("t").await.unwrap();
        let send = async |body: Value| {
            store.patch(tenant, patch("r", &body), None, MAX_BYTES).await.unwrap().unwrap().recorded
        };
        let lose = async || {
            let heartbeats = store.heartbeats().await.unwrap();
            assert!(store.end_lost(heartbeats[0].clone()).await.unwrap());
            store.get(tenant, "r").await.unwrap().unwrap()
        };
        let get = async |attempt| store.get_attempt(tenant, "r", attempt).await.unwrap().unwrap();
        let begin = json!({ "workflow_id": "w", "heartbeat_timeout": 5, "error": "own",
            "started_at": "2025-01-04T12:00:00Z" });
        send(begin).await;
        let live = get(1).await;
        let lost = lose().await;
        // A copy that is sent back, as by an import.
        assert_eq!(store.record(tenant, vec![lost]).await.unwrap(), [Recorded::Unchanged]);
        assert_eq!(send(json!({})).await, Recorded::Updated);
        assert_eq!(get(1).await, live);

        lose().await;
        send(json!({ "attempt": 2 })).await;
        send(json!({ "attempt": 1, "metadata": { "ticket": "1" } })).await;
        let noted = get(1).await;
        assert_eq!((noted.status, noted.outcome.as_deref()), (FAILED, Some("LOST")));
        let ended = json!({ "attempt": 1, "status": "SUCCEEDED" });
        assert_eq!(send(ended).await, Recorded::Updated);
        let late = get(1).await;
        assert_eq!((late.status.as_str(), late.outcome), ("SUCCEEDED", None));
        assert_eq!((late.error, late.finished_at, late.duration), (live.error, None, None));
        assert_eq!(send(json!({ "attempt": 1, "status": "RUNNING" })).await, Recorded::Unchanged);

        send(json!({ "heartbeat_timeout": 5 })).await;
        lose().await;
        send(json!({ "attempt": 3 })).await;
        let alive = WorkflowRunDetail { attempt: 2, ..run("r") };
        assert_eq!(store.record(tenant, vec![alive]).await.unwrap(), [Recorded::Updated]);
        assert_eq!(get(2).await.status, run("r").status);
    });
}

/// What is done to one of a few runs.
#[derive(Clone, Debug)]
enum Step {
    Patch(Value),
    Record(WorkflowRunStatus, usize),
    Delete,
}

fn any_body() -> impl Strategy<Value = Value> {
    let time = || {
        let time = (0..5).prop_map(|second| json!(format!("2025-01-04T12:00:0{second}Z")));
        option::of(prop_oneof![4 => time, 1 => Just(Value::Null)])
    };
    let text = || {
        option::of(prop_oneof![3 => "[a-z\"é]{0,3}".prop_map(Value::from), 1 => Just(Value::Null)])
    };
    let status = |words: &'static [&'static str]| option::of(select(words).prop_map(Value::from));
    let step_status = status(&["PENDING", "RUNNING", "SUCCEEDED", "TIMED_OUT", "PAUSED"]);
    let object = |fields: Vec<(&'static str, Option<Value>)>| -> Map<String, Value> {
        let given = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        given.collect()
    };
    let step = ("[a-c]", option::of(1..3_i32), step_status, time(), time(), text()).prop_map(
        move |(id, attempt, status, created_at, finished_at, error)| {
            let created_at = created_at.filter(|time| !time.is_null());
            json!(object(vec![
                ("id", Some(json!(id))),
                ("attempt", attempt.map(Value::from)),
                ("status", status),
                ("created_at", created_at),
                ("finished_at", finished_at),
                ("error", error),
            ]))
        },
    );
    let run_status = status(&["PENDING", "RUNNING", "SUCCEEDED", "FAILED", "CRASHED"]);
    let key = option::of("[a-b]".prop_map(|key| json!({ key: "v" })));
    (run_status, time(), time(), text(), key, vec(step, 0..4)).prop_map(
        move |(status, started_at, finished_at, by, metadata, steps)| {
            json!(object(vec![
                ("workflow_id", Some(json!("w"))),
                ("created_at", Some(json!("2025-01-04T12:00:00Z"))),
                ("status", status),
                ("started_at", started_at),
                ("finished_at", finished_at),
                ("triggered_by", by),
                ("metadata", metadata),
                ("steps", Some(json!(steps))),
            ]))
        },
    )
}

fn any_step() -> impl Strategy<Value = Step> {
    let status = select(WorkflowRunStatus::ALL.to_vec());
    prop_oneof![
        8 => any_body().prop_map(Step::Patch),
        2 => (status, 0..3_usize).prop_map(|(status, steps)| Step::Record(status, steps)),
        1 => Just(Step::Delete),
    ]
}

async fn take(store: &dyn Store, tenant: TenantId, id: &str, step: &Step) -> String {
    match step {
        Step::Patch(body) => {
            let patched = store.patch(tenant, patch(id, body), None, MAX_BYTES).await.unwrap();
            format!("{patched:?}")
        }
        Step::Record(status, steps) => {
            let mut run = WorkflowRunDetail { status: *status, ..run(id) };
            run.steps.truncate(*steps);
            if status.is_final() {
                run.steps.reverse();
            }
            run.step_count = run.steps.len() as i32;
            format!("{:?}", store.record(tenant, vec![run]).await.unwrap())
        }
        Step::Delete => format!("{:?}", store.delete(tenant, id).await.unwrap()),
    }
}

pub fn after_any_sequence_of_patches_runs_are_those_of_the_memory_engine<T>(new: New<T>) {
    let config = Config { cases: 128, failure_persistence: None, ..Config::default() };
    let compare = |steps: Vec<(bool, Step)>| {
        let (_kept, store) = new();
        runtime().block_on(async {
            let expected: &dyn Store = &MemoryStore::default();
            let tenant = store.find_or_create_tenant("t").await.unwrap();
            let other = expected.find_or_create_tenant("t").await.unwrap();
            for (first, step) in &steps {
                let id = if *first { "a" } else { "b" };
                let result = take(&*store, tenant, id, step).await;
                assert_eq!(result, take(expected, other, id, step).await);
                let run = store.get(tenant, id).await.unwrap();
                assert_eq!(run, expected.get(other, id).await.unwrap());
            }
            let last = store.last_change(tenant).await.unwrap();
            assert_eq!(last, expected.last_change(other).await.unwrap());
            let query = ListExecutionsQuery::default();
            let list = store.list(tenant, query.clone()).await.unwrap();
            assert_eq!(list, expected.list(other, query).await.unwrap());
        });
        Ok(())
    };
    TestRunner::new(config).run(&vec((any::<bool>(), any_step()), 1..20), compare).unwrap();
}
