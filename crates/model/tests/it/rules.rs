//! The rules for recorded runs.

use proptest::prelude::*;
use runledger_model::{ErrorKind, WorkflowRunDetail, WorkflowRunInput, examples};
use serde_json::{Value, json};

/// The documented run with one value of its JSON replaced, recorded under the id `run_def456`.
fn with(pointer: &str, value: Value) -> Result<WorkflowRunDetail, (ErrorKind, String)> {
    let mut body = serde_json::to_value(examples::execution()).unwrap();
    *body.pointer_mut(pointer).expect(pointer) = value;
    let request: WorkflowRunInput = serde_json::from_value(body).expect("the right shape");
    request.into_run(Some("run_def456")).map_err(|error| (error.kind, error.body.error))
}

#[test]
fn a_value_out_of_bounds_is_a_400_that_names_it() {
    for (pointer, value, message) in [
        (
            "/workflow_id",
            json!(""),
            "workflow_id must have 1 to 255 characters, no control characters",
        ),
        ("/version_id", json!("a\nb"), "version_id must have 1 to 255"),
        ("/type", json!("é".repeat(256)), "type must have 1 to 255"),
        (
            "/version_display_name",
            json!("x".repeat(256)),
            "version_display_name must have 0 to 255 characters",
        ),
        ("/steps/1/id", json!(""), "steps[1].id must have 1 to 255"),
        ("/steps/0/step_name", json!("\u{7f}"), "steps[0].step_name must have 1 to 255"),
        ("/steps/1/error", json!("a\0b"), "steps[1].error must have at most 65536"),
        ("/steps/1/error", json!("é".repeat(65_537)), "steps[1].error must have at most 65536"),
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
        (
            "/finished_at",
            json!("2025-01-04T12:00:04Z"),
            "finished_at (2025-01-04T12:00:04Z) is before",
        ),
        ("/steps/1/finished_at", json!("2025-01-04T12:00:05Z"), "steps[1].finished_at"),
        ("/steps/1/id", json!("step_exec_123"), "steps[1].id is \"step_exec_123\", which another"),
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
fn the_longest_values_are_accepted() {
    let id = "é".repeat(255);
    assert_eq!(with("/workflow_id", json!(id)).unwrap().workflow_id, id);
    let error = "é\n".repeat(32_768);
    assert_eq!(with("/steps/0/error", json!(error)).unwrap().steps[0].error, Some(error));
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
        millis in -1i64 << 45..1 << 45,
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
