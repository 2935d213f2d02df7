use proptest::{collection::vec, option, prelude::*, sample::select};
use runledger_model::examples;
use serde_json::{Map, Value, json};

use super::*;

const NOW: &str = "2026-01-01T00:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn patch(body: &Value) -> RunPatch {
    RunPatch::from_json("r", body.to_string().as_bytes()).unwrap()
}

fn merged(stored: Option<WorkflowRunDetail>, body: Value) -> WorkflowRunDetail {
    merge(stored, 0, &patch(&body), now()).unwrap()
}

fn begun(body: Value) -> WorkflowRunDetail {
    let mut body = body;
    body["workflow_id"] = json!("w");
    merged(None, body)
}

#[test]
fn a_run_begins_with_its_workflow() {
    let run = begun(json!({}));
    assert_eq!((run.status, run.created_at), (WorkflowRunStatus::Running, now()));
    assert_eq!((&*run.version_id, &*run.run_type, run.attempt), ("", "UNKNOWN", 1));
    let error = merge(None, 0, &patch(&json!({ "status": "RUNNING" })), now()).unwrap_err();
    assert!(error.body.error.starts_with("workflow_id is missing"), "{error:?}");
    let run = begun(json!({ "started_at": "2025-01-04T12:00:05Z", "steps": [{ "id": "a" }] }));
    let step = &run.steps[0];
    assert_eq!((&*step.step_name, step.status), ("a", StepStatus::Pending));
    assert_eq!((run.created_at, step.created_at), (run.started_at.unwrap(), run.created_at));
}

#[test]
fn what_is_not_mentioned_stays_and_null_takes_away() {
    let run = begun(json!({ "url": "https://e/1", "error": "e", "metadata": { "a": "1" },
        "steps": [{ "id": "a", "url": "https://e/2" }] }));
    assert_eq!(merged(Some(run.clone()), json!({})), run);
    let run = merged(
        Some(run),
        json!({ "url": null, "metadata": { "b": "2" },
        "steps": [{ "id": "a", "url": null }, { "id": "a", "attempt": 2 }] }),
    );
    assert_eq!((&run.url, run.error.as_deref(), run.metadata.len()), (&None, Some("e"), 2));
    assert_eq!((&run.steps[0].url, run.step_count), (&None, 2));
    let run = merged(Some(run), json!({ "metadata": null, "error": null, "status": "FAILED" }));
    assert_eq!((run.metadata.len(), run.error, run.status), (0, None, WorkflowRunStatus::Failed));
}

#[test]
fn a_late_live_status_is_ignored() {
    let run =
        begun(json!({ "status": "TIMED_OUT", "steps": [{ "id": "a", "status": "SKIPPED" }] }));
    let late = json!({ "status": "RUNNING", "steps": [{ "id": "a", "status": "PAUSED" }] });
    assert_eq!(merged(Some(run.clone()), late), run);
    let other = merged(Some(run), json!({ "status": "SUCCEEDED" }));
    assert_eq!((other.status, other.outcome), (WorkflowRunStatus::Succeeded, None));
    let paused = begun(json!({ "status": "PAUSED" }));
    let resumed = merged(Some(paused), json!({ "status": "RUNNING" }));
    assert_eq!(resumed.status, WorkflowRunStatus::Running);
    let late = merged(Some(resumed), json!({ "status": "PENDING" }));
    assert_eq!(late.status, WorkflowRunStatus::Running);
}

#[test]
fn a_duration_follows_from_start_and_end_until_one_is_given() {
    let run = begun(json!({ "started_at": "2025-01-04T12:00:00Z" }));
    let ended = merged(Some(run), json!({ "finished_at": "2025-01-04T12:00:05Z" }));
    assert_eq!(ended.duration.unwrap().micros(), 5_000_000);
    let corrected = merged(Some(ended), json!({ "finished_at": "2025-01-04T12:00:06Z" }));
    assert_eq!(corrected.duration.unwrap().micros(), 6_000_000);
    let given = merged(Some(corrected), json!({ "duration": 1.5 }));
    let later = merged(Some(given), json!({ "finished_at": "2025-01-04T12:00:07Z" }));
    assert_eq!(later.duration.unwrap().micros(), 1_500_000);
}

#[test]
fn steps_that_were_recorded_in_an_order_of_their_own_keep_it() {
    let ids = |run: &WorkflowRunDetail| -> Vec<String> {
        run.steps.iter().map(|step| step.id.clone()).collect()
    };
    let step = |id: &str| json!({ "id": id, "created_at": NOW });
    let mut run = begun(json!({ "steps": [step("1"), step("10"), step("2")] }));
    assert_eq!(ids(&run), ["1", "2", "10"]);
    assert_eq!(kept_steps(&run.steps), 0);
    run.steps.rotate_left(1);
    let kept = kept_steps(&run.steps);
    let merged = |run, body| merge(Some(run), kept, &patch(&body), now()).unwrap();
    assert_eq!(merged(run.clone(), json!({})), run);
    let ended = json!({ "id": "2", "status": "FAILED" });
    let run = merged(run, json!({ "steps": [step("b"), ended, step("0")] }));
    assert_eq!(ids(&run), ["2", "10", "0", "1", "b"]);
    assert_eq!(kept_steps(&run.steps), kept);
    assert_eq!(ids(&merged(run, json!({ "steps": [step("a")] }))), ["2", "10", "0", "1", "a", "b"]);
}

#[test]
fn a_higher_attempt_begins_without_steps() {
    let stored = WorkflowRunDetail { id: "r".into(), ..examples::execution() };
    let run = merged(Some(stored.clone()), json!({ "attempt": 2, "steps": [{ "id": "x" }] }));
    assert_eq!((run.attempt, run.status, run.step_count), (2, WorkflowRunStatus::Running, 1));
    assert_eq!((run.workflow_id, run.created_at), (stored.workflow_id, stored.created_at));
    assert_eq!((run.started_at, run.outcome), (None, None));
}

#[test]
fn too_many_pairs_are_refused() {
    let pairs = |from: usize| -> Map<String, Value> {
        (from..from + 40).map(|key| (key.to_string(), json!("v"))).collect()
    };
    let run = begun(json!({ "metadata": pairs(0) }));
    let more = patch(&json!({ "metadata": pairs(40) }));
    assert!(merge(Some(run), 0, &more, now()).is_err());
}

/// A field with its value; `None` for a step is a field of the run.
type Fact = (Option<(String, i32)>, &'static str, Value);

fn time() -> impl Strategy<Value = Value> {
    (0..100_i64).prop_map(|seconds| {
        json!(format!("2025-01-04T12:{:02}:{:02}Z", seconds / 60, seconds % 60))
    })
}

/// Statuses that a run or a step may have had, of which the last one is known in any order.
fn statuses(last: &'static [&'static str]) -> impl Strategy<Value = Vec<Value>> {
    (any::<[bool; 2]>(), option::of(select(last))).prop_map(|([pending, running], last)| {
        let said = [pending.then_some("PENDING"), running.then_some("RUNNING"), last];
        said.into_iter().flatten().map(|status| json!(status)).collect()
    })
}

fn facts_of_step(key: (String, i32)) -> impl Strategy<Value = Vec<Fact>> {
    let text = || option::of("[a-z]{1,5}".prop_map(Value::from));
    let last = &["SUCCEEDED", "FAILED", "SKIPPED", "CANCELLED", "TIMED_OUT"];
    let duration = option::of((0..5).prop_map(|seconds| json!(seconds)));
    let times = (time(), option::of(time()), option::of(time()));
    (text(), statuses(last), times, text(), duration, text()).prop_map(
        move |(name, statuses, (created, started, finished), error, duration, outcome)| {
            let outcome = outcome.map(|word| json!(word.as_str().unwrap().to_uppercase()));
            let single = [
                ("created_at", Some(created)),
                ("step_name", name),
                ("started_at", started),
                ("finished_at", finished),
                ("error", error),
                ("duration", duration),
                ("outcome", outcome),
            ];
            let single = single.into_iter().filter_map(|(name, value)| Some((name, value?)));
            let statuses = statuses.into_iter().map(|status| ("status", status));
            single.chain(statuses).map(|(name, value)| (Some(key.clone()), name, value)).collect()
        },
    )
}

/// The facts of a run with its steps.
fn facts() -> impl Strategy<Value = Vec<Fact>> {
    let text = || option::of("[a-z]{1,5}".prop_map(Value::from));
    let last = select(vec!["RUNNING", "SUCCEEDED", "FAILED", "CANCELLED", "SKIPPED", "CRASHED"]);
    let duration = option::of((0..5).prop_map(|seconds| json!(seconds)));
    let times = (time(), option::of(time()), option::of(time()));
    let pairs = vec(("[a-d]", "[a-z]{0,3}"), 0..5).prop_map(|pairs| {
        let distinct: Metadata = pairs.into_iter().collect();
        distinct.into_iter().map(|(key, value)| json!({ key: value })).collect::<Vec<_>>()
    });
    let keys = proptest::collection::btree_set(("[a-c]", 1..3_i32), 0..5);
    let steps = keys.prop_flat_map(|keys| {
        keys.into_iter().map(facts_of_step).collect::<Vec<_>>().prop_map(|facts| facts.concat())
    });
    (any::<bool>(), last, times, text(), duration, pairs, text(), steps).prop_map(
        |(pending, last, (created, started, finished), error, duration, pairs, by, steps)| {
            let single = [
                ("created_at", Some(created)),
                ("started_at", started),
                ("finished_at", finished),
                ("error", error),
                ("duration", duration),
                ("triggered_by", by),
                ("status", Some(json!(last))),
                ("status", pending.then(|| json!("PENDING"))),
            ];
            let single = single.into_iter().filter_map(|(name, value)| Some((name, value?)));
            let pairs = pairs.into_iter().map(|pair| ("metadata", pair));
            let run = single.chain(pairs).map(|(name, value)| (None, name, value));
            run.chain(steps).collect()
        },
    )
}

/// The body with these facts.
fn body(facts: &[Fact]) -> Value {
    let mut run = Map::from_iter([("workflow_id".to_owned(), json!("w"))]);
    let mut steps: Vec<((String, i32), Map<String, Value>)> = Vec::new();
    for (step, name, value) in facts {
        let object = match step {
            None => &mut run,
            Some(key) => {
                let place = steps.iter().position(|(known, _)| known == key);
                let place = place.unwrap_or_else(|| {
                    let (id, attempt) = key;
                    let named = json!({ "id": id, "attempt": attempt });
                    steps.push((key.clone(), named.as_object().unwrap().clone()));
                    steps.len() - 1
                });
                &mut steps[place].1
            }
        };
        if let (Some(Value::Object(pairs)), Value::Object(pair)) = (object.get_mut(*name), value) {
            pairs.extend(pair.clone());
            continue;
        }
        // Of several statuses in one request, the furthest one is said.
        let is_further = object.get(*name).is_none_or(|said| {
            ["PENDING", "RUNNING"].iter().any(|it| said == it) && value != "PENDING"
        });
        if *name != "status" || is_further {
            object.insert((*name).to_owned(), value.clone());
        }
    }
    let steps: Vec<_> = steps.into_iter().map(|(_, step)| step).collect();
    if !steps.is_empty() {
        run.insert("steps".to_owned(), json!(steps));
    }
    Value::Object(run)
}

/// Facts, and the same facts with repetitions in another order, split into requests.
fn split() -> impl Strategy<Value = (Vec<Fact>, Vec<Vec<Fact>>)> {
    facts()
        .prop_flat_map(|facts| {
            let count = facts.len();
            let repeated = vec(0..count.max(1), 0..10);
            let sizes = vec(1..8_usize, 2 * count + 12);
            (Just(facts), repeated, sizes).prop_flat_map(|(facts, repeated, sizes)| {
                let again = repeated.iter().filter_map(|index| facts.get(*index)).cloned();
                let all: Vec<_> = facts.iter().cloned().chain(again).collect();
                (Just(facts), Just(all).prop_shuffle(), Just(sizes))
            })
        })
        .prop_map(|(facts, shuffled, sizes)| {
            let mut rest = &shuffled[..];
            let mut requests = Vec::new();
            for size in sizes {
                let (request, following) = rest.split_at(size.min(rest.len()));
                requests.push(request.to_vec());
                rest = following;
            }
            (facts, requests)
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn facts_end_in_the_same_run_in_any_order((facts, requests) in split()) {
        let expected = merged(None, body(&facts));
        let mut run = None;
        for request in &requests {
            run = Some(merged(run, body(request)));
        }
        prop_assert_eq!(run, Some(expected));
    }
}
