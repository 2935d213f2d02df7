//! The JSON Schema files accept the documented examples and refuse broken ones, without the OpenAPI
//! document.

use jsonschema::{Draft, Validator};
use runledger_model::{ApiError, ErrorKind, WorkflowRunStatusFilter, examples, schemas};
use serde_json::{Value, json};

#[test]
fn each_is_draft_2020_12_and_is_called_as_its_file() {
    for wire in schemas::all() {
        jsonschema::draft202012::meta::validate(&wire.schema).unwrap();
        assert_eq!(wire.schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(wire.schema["$id"], wire.file_name());
        assert_eq!(wire.schema["title"], wire.name);
    }
    // The judge is awake.
    jsonschema::draft202012::meta::validate(&json!({ "type": "text" })).unwrap_err();
}

#[test]
fn the_documented_examples_fit() {
    for (name, example) in documented() {
        assert_eq!(violations(name, &example), [""; 0], "{name}: {example}");
    }
}

#[test]
fn an_example_that_is_broken_in_one_place_does_not_fit() {
    let mut broken = 0;
    for (name, example) in documented() {
        let schema = schema(name);
        for place in places(&example) {
            // No field of the contract may be a list of lists.
            let mut wrong = example.clone();
            *wrong.pointer_mut(&place).unwrap() = json!([[]]);
            if place.starts_with("/details") {
                continue; // Free in what it says.
            }
            assert_ne!(violations(name, &wrong), [""; 0], "{name}: {place}");
            broken += 1;
        }
        for key in schema["required"].as_array().into_iter().flatten() {
            let mut wrong = example.clone();
            wrong.as_object_mut().unwrap().remove(key.as_str().unwrap());
            assert_ne!(violations(name, &wrong), [""; 0], "{name} without {key}");
            broken += 1;
        }
    }
    assert!(broken > 150, "{broken}");
}

#[test]
fn formats_bounds_and_closed_sets_are_part_of_them() {
    let run = json!(examples::execution());
    for (place, value) in [
        ("/created_at", json!("yesterday")),
        ("/finished_at", json!("2025-13-04T12:00:00Z")),
        ("/status", json!("all")),
        ("/duration", json!(-1)),
        ("/steps/0/attempt", json!(-1)),
        ("/steps/1/started_at", json!("2025-01-04 noon")),
    ] {
        let mut wrong = run.clone();
        *wrong.pointer_mut(place).unwrap() = value;
        assert_eq!(violations("WorkflowRunDetail", &wrong).len(), 1, "{place}");
    }
    let mut nulls = run;
    for key in ["duration", "started_at", "finished_at"] {
        nulls[key] = Value::Null;
    }
    assert_eq!(violations("WorkflowRunDetail", &nulls), [""; 0]);

    let mut taken = json!(examples::record_execution());
    taken["workflow_id"] = json!("");
    assert_eq!(violations("WorkflowRunInput", &taken).len(), 1);
    assert_eq!(violations("WorkflowRunStatusFilter", &json!("RUN")).len(), 1);
}

/// What the documentation and the document show, each with the type that it is of.
fn documented() -> Vec<(&'static str, Value)> {
    let run = json!(examples::execution());
    let response = json!(examples::record_executions_response());
    let taken = json!(examples::record_execution());
    let mut documented = vec![
        ("StepExecution", run["steps"][0].clone()),
        ("StepExecutionInput", taken["steps"][0].clone()),
        ("StepStatus", run["steps"][0]["status"].clone()),
        ("StepType", run["steps"][0]["step_type"].clone()),
        ("WorkflowRunStatus", run["status"].clone()),
        ("WorkflowRunMetadata", json!(examples::execution().metadata())),
        ("RecordResult", response["items"][1].clone()),
        ("RecordOutcome", response["items"][1]["outcome"].clone()),
        ("WorkflowRunAttempt", json!(examples::first_attempt())),
        ("WorkflowRunDetail", json!(examples::retried_execution())),
        ("WorkflowRunInput", json!(examples::record_retried_execution())),
        ("WorkflowRunPatch", examples::begin_execution()),
        ("WorkflowRunPatch", examples::update_execution()),
        ("StepExecutionPatch", examples::update_execution()["steps"][0].clone()),
        ("WorkflowRunDetail", run),
        ("WorkflowRunInput", taken),
        ("WorkflowRunBatch", json!(examples::record_executions())),
        ("WorkflowRunBatchResult", response),
        ("WorkflowRunChange", json!(examples::changes().items[0])),
        ("WorkflowRunChanges", json!(examples::changes())),
        ("BucketWidth", json!("hour")),
        ("Histogram", json!(examples::histogram())),
        ("HistogramBucket", json!(examples::histogram().buckets[0])),
        ("WorkflowList", json!(examples::workflows())),
        ("WorkflowSummary", json!(examples::workflows().items[0])),
        ("ListWorkflowRunsResponse", json!(examples::executions())),
    ];
    let words = WorkflowRunStatusFilter::ALL.iter().map(|status| json!(status.as_str()));
    documented.extend(words.map(|word| ("WorkflowRunStatusFilter", word)));
    let errors = ErrorKind::ALL.iter().map(|kind| json!(ApiError::example(*kind).body));
    documented.extend(errors.map(|error| ("ErrorResponse", error)));
    let missing: Vec<_> = schemas::all()
        .into_iter()
        .map(|wire| wire.name)
        .filter(|name| documented.iter().all(|(known, _)| known != name))
        .collect();
    assert_eq!(missing, [""; 0], "every type has an example");
    documented
}

fn schema(name: &str) -> Value {
    schemas::all().into_iter().find(|wire| wire.name == name).expect(name).schema
}

/// What is wrong with an instance, by the one file alone.
fn violations(name: &str, instance: &Value) -> Vec<String> {
    let validator: Validator = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .build(&schema(name))
        .expect(name);
    validator.iter_errors(instance).map(|error| error.to_string()).collect()
}

/// The JSON pointers of everything in a value, beginning with the value itself.
fn places(value: &Value) -> Vec<String> {
    let below = |key: String, value: &Value| {
        places(value).into_iter().map(move |place| format!("/{key}{place}")).collect::<Vec<_>>()
    };
    let mut all = vec![String::new()];
    match value {
        Value::Object(object) => {
            all.extend(object.iter().flat_map(|(key, value)| below(key.clone(), value)));
        }
        Value::Array(values) => {
            all.extend(
                values.iter().enumerate().flat_map(|(n, value)| below(n.to_string(), value)),
            );
        }
        _ => {}
    }
    all
}
