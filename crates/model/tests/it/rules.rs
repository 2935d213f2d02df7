//! The rules for recorded runs.

use proptest::prelude::*;
use runledger_model::{
    ErrorKind, StepStatus, StepType, Timestamp, WorkflowRunDetail, WorkflowRunInput,
    WorkflowRunMetadata, WorkflowRunStatus, examples,
};
use serde_json::{Value, json};

/// The documented run with one value of its JSON replaced, recorded under the id `run_def456`.
fn with(pointer: &str, value: Value) -> Result<WorkflowRunDetail, (ErrorKind, String)> {
    let mut body = serde_json::to_value(examples::execution()).unwrap();
    let (object, key) = pointer.rsplit_once('/').expect(pointer);
    body.pointer_mut(object).expect(pointer)[key] = value;
    let request = WorkflowRunInput::from_json(body.to_string().as_bytes()).expect("the shape");
    request.into_run(Some("run_def456")).map_err(|error| (error.kind, error.body.error))
}

fn pairs(count: usize) -> Value {
    (0..count).map(|n| (n.to_string(), json!("x"))).collect::<serde_json::Map<_, _>>().into()
}

#[test]
fn a_value_out_of_bounds_is_a_400_that_names_it() {
    for (pointer, value, message) in [
        (
            "/workflow_id",
            json!(""),
            "workflow_id must have 1 to 255 characters, no control characters",
        ),
        ("/version_id", json!("a\nb"), "version_id must have 0 to 255"),
        ("/type", json!("é".repeat(256)), "type must have 1 to 255"),
        ("/steps/1/id", json!(""), "steps[1].id must have 1 to 255"),
        ("/steps/0/step_name", json!(""), "steps[0].step_name must not be empty"),
        ("/outcome", json!("timed out"), "outcome must have 1 to 64 characters of A to Z"),
        ("/outcome", json!("X".repeat(65)), "outcome must have 1 to 64"),
        ("/url", json!("javascript:alert(1)"), "url must begin with http:// or https://"),
        ("/url", json!("https://e/\n"), "url must not have blanks"),
        ("/url", json!("https://a b"), "url must not have blanks"),
        ("/url", json!("http://"), "url must have a host, unlike \"http://\""),
        ("/url", json!("http://user@:80/x"), "url must have a host"),
        ("/url", json!("https:///x"), "url must have a host"),
        ("/url", json!(format!("https://{}", "é".repeat(2041))), "url must have at most 2,048"),
        ("/metadata", json!({ "": "x" }), "metadata must have keys of 1 to 64 characters"),
        ("/metadata", json!({ "a\tb": "x" }), "metadata must have keys of 1 to 64 characters"),
        ("/metadata", json!({ "a": "x", "b": null }), "metadata.b must be a string, not null"),
        ("/metadata", json!({ "é".repeat(65): "x" }), "metadata must have keys of 1 to 64"),
        ("/metadata", pairs(65), "metadata must have at most 64 pairs"),
        ("/parent_id", json!("x".repeat(256)), "parent_id must have 1 to 255 characters"),
        ("/steps/1/outcome", json!("x"), "steps[1].outcome must have 1 to 64"),
        ("/steps/1/url", json!("/runs/1"), "steps[1].url must begin with"),
        ("/steps/1/metadata", pairs(65), "steps[1].metadata must have at most 64 pairs"),
        ("/steps/1/parent_id", json!("\n"), "steps[1].parent_id must have 1 to 255"),
    ] {
        let (kind, error) = with(pointer, value).expect_err(pointer);
        assert_eq!(kind, ErrorKind::ValidationError, "{pointer}");
        assert!(error.starts_with(message), "{pointer}: {error}");
    }
}

#[test]
fn a_contradiction_is_a_422() {
    for (pointer, value, message) in [
        ("/id", json!("other"), "id is \"other\" but the path says \"run_def456\""),
        ("/step_count", json!(3), "step_count is 3 but steps has 2 entries"),
        ("/steps/1/id", json!("step_exec_123"), "steps[1].id is \"step_exec_123\", which another"),
        (
            "/outcome",
            json!("TIMED_OUT"),
            "outcome must not be TIMED_OUT where status is SUCCEEDED: send the status FAILED, or \
             leave the outcome out",
        ),
        (
            "/steps/1/outcome",
            json!("CANCELLED"),
            "steps[1].outcome must not be CANCELLED where steps[1].status is SUCCEEDED: send the \
             status FAILED",
        ),
    ] {
        let (kind, error) = with(pointer, value).expect_err(pointer);
        assert_eq!(kind, ErrorKind::UnprocessableEntity, "{pointer}");
        assert!(error.starts_with(message), "{pointer}: {error}");
    }
}

#[test]
fn omitted_values_are_derived() {
    assert_eq!(with("/duration", json!(null)).unwrap().duration.unwrap().micros(), 15_000_000);
    let step = with("/steps/1/duration", json!(null)).unwrap().steps.remove(1);
    assert_eq!(step.duration.micros(), 1_000_000);
    assert_eq!(with("/started_at", json!(null)).unwrap().duration.unwrap().micros(), 15_500_000);
    assert_eq!(with("/steps/1/attempt", json!(null)).unwrap().steps[1].attempt, 1);
    assert_eq!(with("/steps/1/attempt", json!(5.0)).unwrap().steps[1].attempt, 5);
}

#[test]
fn odd_facts_are_recorded_as_they_are() {
    let run = with("/finished_at", json!("2025-01-04T12:00:04Z")).unwrap();
    assert_eq!(run.finished_at.unwrap().to_string(), "2025-01-04T12:00:04Z");
    assert_eq!(run.duration.unwrap().micros(), 15_500_000, "the recorder says so");
    let body = r#"{ "workflow_id": "w", "status": "FAILED", "started_at": "2025-01-04T12:00:05Z",
        "finished_at": "2025-01-04T12:00:04Z", "steps": [{ "id": "s", "step_name": "n",
        "status": "FAILED", "attempt": 0, "duration": -0.003 }] }"#;
    let run = WorkflowRunInput::from_json(body.as_bytes()).unwrap().into_run(Some("r")).unwrap();
    assert_eq!(run.duration.unwrap().micros(), 0, "a computed duration is never negative");
    assert_eq!((run.steps[0].attempt, run.steps[0].duration.micros()), (0, 0));
    assert!(with("/steps", json!(null)).is_err(), "step_count is 2");
    let zero_time = json!("0001-01-01T00:00:00Z");
    assert_eq!(with("/started_at", zero_time.clone()).unwrap().started_at, None);
    assert_eq!(with("/steps/0/finished_at", zero_time).unwrap().steps[0].finished_at, None);
}

#[test]
fn the_smallest_run_is_a_workflow_and_a_status() {
    let body = br#"{ "workflow_id": "w", "status": "SUCCEEDED", "steps": null }"#;
    let before = Timestamp::now();
    let run = WorkflowRunInput::from_json(body).unwrap().into_run(Some("r")).unwrap();
    assert!(before <= run.created_at && run.created_at <= Timestamp::now());
    let status = WorkflowRunStatus::Succeeded;
    let created_at = run.created_at;
    let expected = WorkflowRunMetadata::new("r", "w", "", "", "UNKNOWN", status, created_at);
    assert_eq!(run, expected.with_steps(vec![]));
    let body = br#"{ "workflow_id": "w", "status": "RUNNING", "started_at": "2025-01-04T12:00:05Z",
        "steps": [{ "id": "a", "step_name": "n", "status": "PENDING" },
                  { "id": "b", "step_name": "n", "status": "RUNNING",
                    "started_at": "2025-01-04T12:00:06Z" }] }"#;
    let run = WorkflowRunInput::from_json(body).unwrap().into_run(Some("r")).unwrap();
    assert_eq!(Some(run.created_at), run.started_at);
    assert_eq!(run.steps[0].created_at, run.created_at);
    assert_eq!(run.steps[0].step_type, StepType::Piece);
    assert_eq!(Some(run.steps[1].created_at), run.steps[1].started_at);
}

#[test]
fn words_of_engines_are_recorded_as_documented_states_with_an_outcome() {
    let run = with("/steps/1/status", json!("SKIPPED")).unwrap();
    let step = &run.steps[1];
    assert_eq!((step.status, step.outcome.as_deref()), (StepStatus::Succeeded, Some("SKIPPED")));
    let run = with("/steps/0/error", json!("")).unwrap();
    assert_eq!(run, examples::execution(), "an empty error of a step is none");
    let run = with("/status", json!("TIMED_OUT")).unwrap();
    assert_eq!(run.status, WorkflowRunStatus::Failed);
    assert_eq!(run.outcome.as_deref(), Some("TIMED_OUT"));
    assert_eq!(with("/outcome", json!("ODD_1")).unwrap().outcome.as_deref(), Some("ODD_1"));
    for field in ["outcome", "url", "parent_id", "triggered_by", "error"] {
        let run = with(&format!("/{field}"), json!("")).unwrap();
        assert_eq!(run, examples::execution(), "an empty {field} is none");
    }
}

#[test]
fn texts_that_are_too_long_or_malformed_do_not_cost_the_run() {
    let mut body = serde_json::to_value(examples::record_retried_execution()).unwrap();
    let long = "é".repeat(2000);
    for name in ["version_display_name", "triggered_by"] {
        body[name] = json!(long);
    }
    body["steps"][0]["step_name"] = json!(long);
    body["metadata"] = json!({ "a": long, "b": "HALF", "c": "a\0b\nc" });
    body["steps"][1]["step_name"] = json!("HALF\tname");
    let text = body.to_string().replace("HALF", "cut \\ud83d");
    let run = WorkflowRunInput::from_json(text.as_bytes()).unwrap().into_run(None).unwrap();
    let (step, pairs) = (&run.steps[0], &run.metadata);
    let name = format!("{0} [1790 characters left out] {0}", "é".repeat(105));
    assert_eq!((&run.version_display_name, &step.step_name), (&name, &name));
    assert_eq!(run.triggered_by, Some(name));
    assert_eq!(pairs["a"], format!("{0} [1040 characters left out] {0}", "é".repeat(480)));
    assert_eq!((&*pairs["b"], &*pairs["c"]), ("cut \u{FFFD}", "a\u{FFFD}b\nc"));
    assert_eq!(run.steps[1].step_name, "cut \u{FFFD}\u{FFFD}name");
    let again = WorkflowRunInput::from(run.clone()).into_run(None).unwrap();
    assert_eq!(again, WorkflowRunDetail { attempts: Vec::new(), ..run });
}

#[test]
fn half_of_a_surrogate_pair_in_an_id_or_a_key_is_a_400_that_says_so() {
    let mut body = serde_json::to_value(examples::record_retried_execution()).unwrap();
    for (pointer, location) in [
        ("/workflow_id", "workflow_id"),
        ("/version_id", "version_id"),
        ("/parent_id", "parent_id"),
        ("/status", "status"),
        ("/steps/1/id", "steps[1].id"),
        ("/steps/1/parent_id", "steps[1].parent_id"),
    ] {
        for half in ["\\ud83d", "\\ude00", "\\ud83d\\ud83d", "\\ud83dx"] {
            let mut body = body.clone();
            *body.pointer_mut(pointer).unwrap() = json!("HALF");
            let text = body.to_string().replace("HALF", half);
            let error = WorkflowRunInput::from_json(text.as_bytes()).unwrap_err();
            let expected = format!("{location} must not have half of a surrogate pair");
            assert_eq!(error.body.error, expected, "{half}");
        }
    }
    body["metadata"] = json!({ "HALF": "x" });
    let text = body.to_string().replace("HALF", "\\ud83d");
    let error = WorkflowRunInput::from_json(text.as_bytes()).unwrap_err();
    assert_eq!(error.body.error, "metadata must not have half of a surrogate pair");
}

#[test]
fn the_attempts_of_a_body_are_ignored() {
    let run = json!({ "workflow_id": "w", "status": "FAILED" });
    for (attempts, attempt) in [
        ("[{}]", Some(1)),
        ("[ 5, \"\\ud83d\" ]", Some(1)),
        ("[ ]", None),
        ("null", None),
        ("\"[x\"", None),
        ("{\"a\":[1]}", None),
    ] {
        let text = run.to_string().replace('}', &format!(",\"attempts\":{attempts}}}"));
        let run = WorkflowRunInput::from_json(text.as_bytes()).unwrap();
        assert_eq!(run.into_recording(Some("r")).unwrap().attempt(), attempt, "{attempts}");
    }
}

#[test]
fn the_longest_values_are_accepted() {
    let id = "é".repeat(255);
    assert_eq!(with("/workflow_id", json!(id)).unwrap().workflow_id, id);
    let error = "é\n".repeat(32_768);
    assert_eq!(with("/steps/0/error", json!(error)).unwrap().steps[0].error, Some(error));
    let url = format!("HTTPS://{}", "é".repeat(2040));
    for url in ["http://[::1]:80?a", "https://user:key@e.example#b"] {
        assert_eq!(with("/url", json!(url)).unwrap().url.as_deref(), Some(url));
    }
    assert_eq!(with("/url", json!(url)).unwrap().url, Some(url));
    assert_eq!(with("/metadata", pairs(64)).unwrap().metadata.len(), 64);
}

#[test]
fn steps_may_share_an_id_in_different_attempts() {
    let mut body = serde_json::to_value(examples::execution()).unwrap();
    body["steps"][1]["id"] = json!("step_exec_123");
    body["steps"][1]["attempt"] = json!(2);
    let request = WorkflowRunInput::from_json(body.to_string().as_bytes()).unwrap();
    assert_eq!(request.into_run(None).unwrap().steps[1].attempt, 2);
}

#[test]
fn dot_segments_are_refused_as_ids() {
    for id in [".", ".."] {
        let run = WorkflowRunInput { id: Some(id.into()), ..examples::record_execution() };
        let error = run.into_run(None).unwrap_err();
        assert_eq!(error.kind, ErrorKind::ValidationError);
        assert!(error.body.error.starts_with("id must not be"), "{}", error.body.error);
    }
}

proptest! {
    /// A response of `GET` can be recorded again without a difference.
    #[test]
    fn a_recorded_run_equals_its_response(
        millis in -1i64 << 45..1i64 << 45,
        micros in 0i64..1 << 45,
        id in "[^\\p{Cc}.][^\\p{Cc}]{0,254}",
    ) {
        let mut run = examples::execution();
        run.id = id;
        run.created_at = runledger_model::Timestamp::from_millis(millis).unwrap();
        run.duration = runledger_model::Seconds::from_micros(micros);
        let body = serde_json::to_string(&run).unwrap();
        let request: WorkflowRunInput = serde_json::from_str(&body).unwrap();
        prop_assert_eq!(request.into_run(Some(&run.id)).unwrap(), run);
    }
}
