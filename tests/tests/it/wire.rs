//! Serialized types have the keys of the OpenAPI document: all required ones, in its order, also
//! those that are null.

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

/// A run whose nullable fields are null, with such steps.
fn minimal_run() -> WorkflowRunDetail {
    let mut run = examples::execution();
    (run.duration, run.started_at, run.finished_at) = (None, None, None);
    for step in &mut run.steps {
        (step.error, step.started_at, step.finished_at) = (None, None, None);
    }
    run
}

#[test]
fn responses_have_every_required_key_in_order_even_if_it_is_null() {
    let run = minimal_run();
    let list = ListWorkflowRunsResponse { items: vec![run.metadata()], ..examples::executions() };
    for (name, written) in [
        ("WorkflowRunDetail", json!(run)),
        ("StepExecution", json!(run.steps[0])),
        ("WorkflowRunMetadata", json!(list.items[0])),
        ("ListWorkflowRunsResponse", json!(list)),
        ("WorkflowRunBatchResult", json!(examples::record_executions_response())),
    ] {
        let schema = schema(name);
        let required: Vec<_> = schema["required"].as_array().expect(name).iter().collect();
        assert_eq!(keys(&written), required, "{name}");
        let is_required = |key: &&String| required.contains(&&json!(key));
        let properties: Vec<_> =
            keys(&schema["properties"]).into_iter().filter(is_required).collect();
        assert_eq!(properties, required, "{name}: the order of the properties");
        assert_eq!(violations(schema, &written), [""; 0], "{name}");
    }
    let run = json!(run);
    for pointer in ["/duration", "/started_at", "/finished_at", "/steps/0/error"] {
        assert_eq!(run.pointer(pointer), Some(&Value::Null), "{pointer}");
    }
}

#[test]
fn optional_fields_are_omitted_and_never_null() {
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

    let response = json!(examples::record_executions_response());
    let results = response["items"].as_array().unwrap();
    assert_eq!(keys(&results[0]), ["id", "outcome"]);
    assert_eq!(keys(&results[1]), keys(&schema("RecordResult")["properties"]));
}

#[test]
fn requests_have_the_keys_of_the_document_in_order() {
    let run = examples::record_retried_execution();
    let step: StepExecutionInput = run.steps[1].clone();
    let batch: WorkflowRunBatch = examples::record_executions();
    for (name, written) in [
        ("WorkflowRunInput", json!(run)),
        ("StepExecutionInput", json!(step)),
        ("WorkflowRunBatch", json!(batch)),
    ] {
        let mut documented = keys(&schema(name)["properties"]);
        // Ignored in a request.
        documented.retain(|key| *key != "attempts");
        assert_eq!(keys(&written), documented, "{name}");
    }
}

#[test]
fn types_can_be_read_back() {
    let run = minimal_run();
    let text = json!(run).to_string();
    assert_eq!(serde_json::from_str::<WorkflowRunDetail>(&text).unwrap(), run);
    let step = json!(run.steps[0]).to_string();
    assert_eq!(serde_json::from_str::<StepExecution>(&step).unwrap(), run.steps[0]);
    let input = WorkflowRunInput::from(run.clone());
    assert_eq!(serde_json::from_str::<WorkflowRunInput>(&text).unwrap(), input);
    let response = examples::record_executions_response();
    let text = json!(response).to_string();
    assert_eq!(serde_json::from_str::<WorkflowRunBatchResult>(&text).unwrap(), response);
}
