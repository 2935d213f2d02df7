//! What the types write has the keys that the spec promises: all of them, in its order, whatever is null.

use runledger_model::{
    ErrorResponse, ListWorkflowRunsResponse, StepExecution, StepExecutionInput, WorkflowRunBatch,
    WorkflowRunBatchResult, WorkflowRunDetail, WorkflowRunInput, examples,
};
use runledger_tests::spec::{DOCUMENT, violations};
use serde_json::{Map, Value, json};

fn keys(value: &Value) -> Vec<&String> {
    let keys: Vec<_> = value.as_object().into_iter().flat_map(Map::keys).collect();
    assert!(!keys.is_empty(), "{value}");
    keys
}

fn schema(name: &str) -> &'static Value {
    &DOCUMENT["components"]["schemas"][name]
}

/// A run of which nothing is known that may be null, and of its steps likewise.
fn barest() -> WorkflowRunDetail {
    let mut run = examples::execution();
    (run.duration, run.started_at, run.finished_at) = (None, None, None);
    for step in &mut run.steps {
        (step.error, step.started_at, step.finished_at) = (None, None, None);
    }
    run
}

#[test]
fn what_is_sent_has_every_required_key_in_the_specs_order_even_where_it_is_null() {
    let run = barest();
    let list = ListWorkflowRunsResponse { items: vec![run.metadata()], ..examples::executions() };
    for (name, written) in [
        ("WorkflowRunDetail", json!(run)),
        ("StepExecution", json!(run.steps[0])),
        ("WorkflowRunMetadata", json!(list.items[0])),
        ("ListWorkflowRunsResponse", json!(list)),
        ("WorkflowRunBatchResult", json!(examples::record_executions_response())),
    ] {
        let schema = schema(name);
        assert_eq!(keys(&written), keys(&schema["properties"]), "{name}");
        let required: Vec<_> = schema["required"].as_array().expect(name).iter().collect();
        assert_eq!(required, keys(&written), "{name}: every key is required");
        assert_eq!(violations(schema, &written), [""; 0], "{name}");
    }
    let run = json!(run);
    for place in ["/duration", "/started_at", "/finished_at", "/steps/0/error"] {
        assert_eq!(run.pointer(place), Some(&Value::Null), "{place}");
    }
}

#[test]
fn what_may_be_left_out_is_left_out_and_never_null() {
    let error = ErrorResponse {
        error: "e".into(),
        code: Some("CODE".into()),
        details: Some(Map::from_iter([("limit".to_owned(), json!(1))])),
    };
    assert_eq!(keys(&json!(error)), keys(&schema("ErrorResponse")["properties"]));
    let bare = ErrorResponse { code: None, details: None, ..error };
    assert_eq!(json!(bare), json!({ "error": "e" }));
    for (key, value) in [("code", json!(null)), ("details", json!(null))] {
        let mut nulled = json!(bare);
        nulled[key] = value;
        assert_ne!(violations(schema("ErrorResponse"), &nulled), [""; 0], "{key}");
    }

    let answer = json!(examples::record_executions_response());
    let results = answer["items"].as_array().unwrap();
    assert_eq!(keys(&results[0]), ["id", "outcome"]);
    assert_eq!(keys(&results[1]), keys(&schema("RecordResult")["properties"]));
}

#[test]
fn what_is_taken_has_the_specs_keys_in_its_order() {
    let run = examples::record_execution();
    let step: StepExecutionInput = run.steps[0].clone();
    let batch: WorkflowRunBatch = examples::record_executions();
    for (name, written) in [
        ("WorkflowRunInput", json!(run)),
        ("StepExecutionInput", json!(step)),
        ("WorkflowRunBatch", json!(batch)),
    ] {
        assert_eq!(keys(&written), keys(&schema(name)["properties"]), "{name}");
    }
}

#[test]
fn types_read_what_they_wrote() {
    let run = barest();
    let text = json!(run).to_string();
    assert_eq!(serde_json::from_str::<WorkflowRunDetail>(&text).unwrap(), run);
    let step = json!(run.steps[0]).to_string();
    assert_eq!(serde_json::from_str::<StepExecution>(&step).unwrap(), run.steps[0]);
    let input = WorkflowRunInput::from(run.clone());
    assert_eq!(serde_json::from_str::<WorkflowRunInput>(&text).unwrap(), input);
    let answer = examples::record_executions_response();
    let text = json!(answer).to_string();
    assert_eq!(serde_json::from_str::<WorkflowRunBatchResult>(&text).unwrap(), answer);
}
