//! Every example in the document is an instance of its schema.

use runledger_model::examples;
use runledger_tests::spec::{DOCUMENT, violations};
use serde_json::{Value, json};

#[test]
fn every_example_fits_its_schema() {
    let mut checked = Vec::new();
    visit(&DOCUMENT, "", &mut checked);
    assert!(checked.len() > 60, "only {} examples were found", checked.len());
    for kind in
        ["/content/application~1json", "/parameters/", "/properties/", "/responses/Unauthorized"]
    {
        assert!(checked.iter().any(|place| place.contains(kind)), "no example under {kind}");
    }
}

/// Checks the examples of every object that has a schema or is one, and remembers their places.
fn visit(value: &Value, place: &str, checked: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            let schema = object.get("schema").unwrap_or(value);
            if let Some(example) = object.get("example") {
                check(schema, example, place, checked);
            }
            for (name, example) in
                object.get("examples").and_then(Value::as_object).into_iter().flatten()
            {
                check(schema, &example["value"], &format!("{place}/examples/{name}"), checked);
            }
            for (key, below) in
                object.iter().filter(|(key, _)| !matches!(key.as_str(), "example" | "examples"))
            {
                visit(below, &format!("{place}/{}", key.replace('/', "~1")), checked);
            }
        }
        Value::Array(values) => {
            for (n, below) in values.iter().enumerate() {
                visit(below, &format!("{place}/{n}"), checked);
            }
        }
        _ => {}
    }
}

fn check(schema: &Value, example: &Value, place: &str, checked: &mut Vec<String>) {
    assert_eq!(violations(schema, example), [""; 0], "{place}: {example}");
    checked.push(place.to_owned());
}

#[test]
fn the_documented_examples_are_shown() {
    for (pointer, expected) in [
        (
            concat!(
                "/paths/~1v1~1executions/get/responses/200",
                "/content/application~1json/examples/documented/value",
            ),
            json!(examples::executions()),
        ),
        (
            concat!(
                "/paths/~1v1~1executions~1{id}/get/responses/200",
                "/content/application~1json/examples/documented/value",
            ),
            json!(examples::execution()),
        ),
        (
            concat!(
                "/paths/~1v1~1histogram/get/responses/200",
                "/content/application~1json/examples/hours/value",
            ),
            json!(examples::histogram()),
        ),
        (
            concat!(
                "/paths/~1v1~1workflows/get/responses/200",
                "/content/application~1json/examples/workflows/value",
            ),
            json!(examples::workflows()),
        ),
        (
            concat!(
                "/paths/~1v1~1changes/get/responses/200",
                "/content/application~1json/examples/changes/value",
            ),
            json!(examples::changes()),
        ),
        (
            concat!(
                "/components/responses/Unauthorized",
                "/content/application~1json/examples/Unauthorized/value",
            ),
            json!({"error": "Unauthorized: Invalid or expired API key"}),
        ),
        (
            concat!(
                "/components/responses/ExecutionNotFound",
                "/content/application~1json/examples/ExecutionNotFound/value",
            ),
            json!({"error": "Execution not found or access denied"}),
        ),
    ] {
        assert_eq!(DOCUMENT.pointer(pointer), Some(&expected), "{pointer}");
    }
}
