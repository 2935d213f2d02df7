//! The document and the server agree about valid input: the server refuses with a 400 exactly what
//! a schema refuses.

use runledger_model::{
    examples,
    limits::{MAX_ERROR_CHARACTERS, MAX_ID_CHARACTERS, MAX_STEPS},
};
use runledger_server::Settings;
use runledger_tests::{
    spec::{self, DOCUMENT, resolve, violations},
    world::{KEY, World},
};
use serde_json::{Value, json};

/// What each property is replaced with in turn.
fn replacements() -> Vec<Value> {
    let text = |n: usize| json!("é".repeat(n));
    vec![
        json!(null),
        json!(true),
        json!([]),
        json!({}),
        json!([null]),
        json!([{}]),
        json!(""),
        text(1),
        text(255),
        text(256),
        text(MAX_ERROR_CHARACTERS),
        text(MAX_ERROR_CHARACTERS + 1),
        json!(0),
        json!(1),
        json!(2),
        json!(2.0),
        json!(1.5),
        json!(-1),
        json!(-0.5),
        json!(10_000),
        json!(10_001),
        json!(2_147_483_647),
        json!(2_147_483_648_u32),
        json!(1_000_000_000),
        json!(1_000_000_001),
        json!(u64::MAX),
        json!(1e300),
        json!("PENDING"),
        json!("PAUSED"),
        json!("pending"),
        json!("all"),
        json!("TRIGGER"),
        json!("2025-01-04T12:00:00Z"),
        json!("2025-01-04T12:00:00.123456789+05:30"),
        json!("2025-01-04t12:00:00z"),
        json!("2025-01-04 12:00:00Z"),
        json!("2025-01-04T12:00:00"),
        json!("2025-01-04T12:00:00.12345678901234567890Z"),
        json!("9999-12-31T23:59:59.999Z"),
        json!("2016-12-31T23:59:60Z"),
        json!("2025-01-04T12:00:60Z"),
        json!("2025-02-29T12:00:00Z"),
        json!("2024-02-29T12:00:00Z"),
        json!("2025-01-04"),
        json!("2025-01-04T24:00:00Z"),
        json!("2025-01-04T12:00:00+0530"),
        json!("2025-01-04T12:00:00,5Z"),
    ]
}

#[tokio::test]
async fn about_every_field_of_a_run() {
    let world = World::new().await;
    let schema = json!({ "$ref": "#/components/schemas/WorkflowRunInput" });
    let (mut taken, mut refused, mut disagreements) = (0, 0, Vec::new());
    for (number, (place, body)) in mutants().into_iter().enumerate() {
        let path = format!("/v1/executions/agreement{number}");
        let wrong = violations(&schema, &body);
        let reply = world.send_json("PUT", &path, KEY, &body).await;
        // A 422 is what only the server can see: contradictions within a body of the right shape.
        if (reply.status == 400) == wrong.is_empty() && !is_taken_beyond_the_schema(&place) {
            disagreements.push(format!("{place}: {wrong:?}, but the server: {}", reply.status));
        }
        *(if wrong.is_empty() { &mut taken } else { &mut refused }) += 1;
    }
    assert_eq!(disagreements, [""; 0]);
    assert!(taken > 100 && refused > 500, "{taken} taken, {refused} refused");
}

/// What the descriptions of fields allow beside their schemas: words of engines for a status of a
/// step, and null for its type, as for everything that may be omitted.
fn is_taken_beyond_the_schema(place: &str) -> bool {
    ["/steps/0/status = \"PAUSED\"", "/steps/0/step_type = null"].contains(&place)
}

/// The documented run without its id, with one thing in it changed; and what that is.
fn mutants() -> Vec<(String, Value)> {
    let mut run = serde_json::to_value(examples::execution()).unwrap();
    run.as_object_mut().unwrap().remove("id");
    let mut mutants = Vec::new();
    for value in replacements() {
        mutants.push((format!("the body = {value:.60}"), value));
    }
    let fields = |object: &Value| json!(object.as_object().unwrap().values().collect::<Vec<_>>());
    mutants.push(("the body = its fields' values".into(), fields(&run)));
    let mut listed = run.clone();
    listed["steps"][0] = fields(&run["steps"][0]);
    mutants.push(("/steps/0 = its fields' values".into(), listed));
    for parent in ["", "/steps/0"] {
        let keys: Vec<String> =
            run.pointer(parent).unwrap().as_object().unwrap().keys().cloned().collect();
        for key in keys {
            let mut without = run.clone();
            without.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(&key);
            mutants.push((format!("{parent}/{key} left out"), without));
            for value in replacements() {
                let mut changed = run.clone();
                changed.pointer_mut(parent).unwrap()[&key] = value.clone();
                let shown: String = value.to_string().chars().take(60).collect();
                mutants.push((format!("{parent}/{key} = {shown}"), changed));
            }
        }
        let mut more = run.clone();
        more.pointer_mut(parent).unwrap()["unknown"] = json!(1);
        mutants.push((format!("{parent}/unknown added"), more));
    }
    mutants
}

#[tokio::test]
async fn about_how_many_steps_a_run_may_have() {
    // The largest run has more bytes than a server takes by default.
    let max = 64 * 1024 * 1024;
    let settings = Settings {
        max_body_bytes: max,
        max_buffered_body_bytes: max,
        max_buffered_response_bytes: max,
        ..Settings::default()
    };
    let world = World::with(&settings).await;
    let schema = json!({ "$ref": "#/components/schemas/WorkflowRunInput" });
    let most = MAX_STEPS;
    for (count, status) in [(0, 201), (most, 201), (most + 1, 400)] {
        let mut run = serde_json::to_value(examples::execution()).unwrap();
        let step = run["steps"][0].clone();
        run["steps"] = (0..count)
            .map(|n| {
                let mut step = step.clone();
                step["id"] = json!(n.to_string());
                step
            })
            .collect();
        run.as_object_mut().unwrap().retain(|key, _| key != "id" && key != "step_count");
        assert_eq!(violations(&schema, &run).is_empty(), status == 201, "{count}");
        let path = format!("/v1/executions/of{count}");
        let reply = world.send_json("PUT", &path, KEY, &run).await;
        assert_eq!(reply.status, status, "{count}");
        if status == 201 {
            assert_eq!(world.get(&path, KEY).await.json()["step_count"], json!(count));
        }
    }
}

#[tokio::test]
async fn about_every_parameter_of_the_list() {
    let world = World::new().await;
    let list = spec::operation("GET", "/v1/executions").unwrap();
    let parameters = list.value["parameters"].as_array().unwrap();
    let (longest, too_long) = ("w".repeat(MAX_ID_CHARACTERS), "w".repeat(MAX_ID_CHARACTERS + 1));
    let words = [
        "",
        "0",
        "1",
        "100",
        "101",
        "2147483647",
        "2147483648",
        "-1",
        "1.5",
        "x",
        "null",
        "all",
        "ALL",
        "PAUSED",
        "Paused",
        "SUCCEEDED",
        "FAILED,CANCELLED",
        "FAILED,",
        "2025-01-04T12:00:00Z",
        "2025-02-30T12:00:00Z",
        &longest,
        &too_long,
    ];
    let (mut taken, mut refused) = (0, 0);
    for parameter in parameters {
        let name = parameter["name"].as_str().unwrap();
        // No schema can tell the cursors that a response has from other text. That of pairs of
        // metadata would need a pattern, of which generators understand several dialects.
        if ["cursor", "metadata"].contains(&name) {
            continue;
        }
        let kind = &resolve(&parameter["schema"])["type"];
        for word in words {
            let value = match word.parse::<i64>() {
                Ok(number) if kind == "integer" => json!(number),
                _ if kind == "array" => word.split(',').collect(),
                _ => json!(word),
            };
            let valid = violations(&parameter["schema"], &value).is_empty();
            let reply = world.get(&format!("/v1/executions?{name}={word}"), KEY).await;
            assert_eq!(reply.status, if valid { 200 } else { 400 }, "{name}={word}");
            if !valid {
                assert!(reply.error().starts_with(name), "{name}={word}: {}", reply.error());
            }
            *(if valid { &mut taken } else { &mut refused }) += 1;
        }
    }
    assert!(taken > 20 && refused > 30, "{taken} taken, {refused} refused");
}

#[tokio::test]
async fn about_the_id_in_the_path() {
    let world = World::new().await;
    let mut run = serde_json::to_value(examples::execution()).unwrap();
    run.as_object_mut().unwrap().remove("id");
    for (method, valid) in [("GET", 404), ("PUT", 201)] {
        let operation = spec::operation(method, "/v1/executions/x").unwrap();
        let schema = &operation.value["parameters"][0]["schema"];
        for id in ["x".to_owned(), "é".repeat(255), "é".repeat(256)] {
            let expected = if violations(schema, &json!(id)).is_empty() { valid } else { 400 };
            let path = format!("/v1/executions/{}", id.replace('é', "%C3%A9"));
            let reply = world.send_json(method, &path, KEY, &run).await;
            assert_eq!(reply.status, expected, "{method} {} characters", id.chars().count());
        }
    }
}

#[test]
fn the_documents_own_request_examples_are_valid() {
    for (name, body) in [
        ("WorkflowRunInput", json!(examples::record_execution())),
        ("WorkflowRunBatch", json!(examples::record_executions())),
    ] {
        assert!(DOCUMENT["components"]["schemas"][name].is_object(), "{name}");
        let schema = json!({ "$ref": format!("#/components/schemas/{name}") });
        assert_eq!(violations(&schema, &body), [""; 0], "{name}");
    }
}
