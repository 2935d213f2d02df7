//! Traps of utoipa, schemars and client generators that `cargo xtask openapi lint` does not check,
//! because they concern this contract alone.

use runledger_contract::{Document, lint};
use runledger_model::{
    HistogramQuery, ListChangesQuery, ListExecutionsQuery, ListWorkflowsQuery, Seconds, StepStatus,
    StepType, WorkflowRunStatus, WorkflowRunStatusFilter,
    limits::{
        MAX_BATCH_RUNS, MAX_CHANGE_NUMBER, MAX_CHANGES_LIMIT, MAX_HEARTBEAT_TIMEOUT,
        MAX_ID_CHARACTERS, MAX_METADATA_PAIRS, MAX_OUTCOME_CHARACTERS, MAX_PAGE_LIMIT, MAX_STEPS,
        MAX_URL_CHARACTERS,
    },
};
use runledger_tests::{
    spec::{self, DOCUMENT},
    world::{KEY, World},
};
use serde_json::{Value, json};

#[test]
fn the_document_passes_lint() {
    let document = Document::new(DOCUMENT.clone()).unwrap();
    let findings: Vec<_> = lint(&document).iter().map(|finding| format!("{finding:?}")).collect();
    assert_eq!(findings, [""; 0]);
    assert_eq!(DOCUMENT["openapi"], "3.1.0");
}

#[test]
fn enums_have_the_words_of_the_wire() {
    // utoipa silently ignores a `rename` whose value is a `literal` fragment of a macro.
    let words = |name: &str| DOCUMENT["components"]["schemas"][name]["enum"].clone();
    let all = |words: &mut dyn Iterator<Item = &'static str>| words.collect::<Value>();
    let run = &mut WorkflowRunStatus::ALL.iter().map(|word| word.as_str());
    assert_eq!(words("WorkflowRunStatus"), all(run));
    let filter = &mut WorkflowRunStatusFilter::ALL.iter().map(|word| word.as_str());
    assert_eq!(words("WorkflowRunStatusFilter"), all(filter));
    assert_eq!(words("StepStatus"), all(&mut StepStatus::ALL.iter().map(|word| word.as_str())));
    assert_eq!(words("StepType"), all(&mut StepType::ALL.iter().map(|word| word.as_str())));
}

#[test]
fn the_api_key_is_a_header_that_clients_send() {
    let scheme = &DOCUMENT["components"]["securitySchemes"]["ApiKey"];
    assert_eq!(scheme["type"], "apiKey", "several generators send nothing for `http`");
    assert_eq!((&scheme["in"], &scheme["name"]), (&json!("header"), &json!("Authorization")));
    assert!(scheme["description"].as_str().unwrap().contains("Token your-api-key-here"));
    assert_eq!(DOCUMENT["security"], json!([{ "ApiKey": [] }]));
}

#[test]
fn schemas_do_not_use_keywords_that_clients_misread() {
    for (pointer, schema) in every_schema() {
        for keyword in ["allOf", "oneOf", "anyOf", "propertyNames", "patternProperties", "const"] {
            assert_eq!(schema.get(keyword), None, "{pointer}: {keyword}");
        }
    }
}

#[test]
fn bounds_of_parameters_are_the_enforced_ones() {
    let list = spec::operation("GET", "/v1/executions").unwrap();
    let parameters = list.value["parameters"].as_array().unwrap();
    let names: Vec<_> = parameters.iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert_eq!(names, ListExecutionsQuery::NAMES);
    assert!(parameters.iter().all(|p| p["required"] == false));
    let schema = |name: &str| &parameters.iter().find(|p| p["name"] == name).unwrap()["schema"];
    let default = ListExecutionsQuery::default();
    assert_eq!(schema("page")["maximum"], i32::MAX);
    assert_eq!(schema("page")["default"], default.page);
    assert_eq!(schema("limit")["maximum"], MAX_PAGE_LIMIT);
    assert_eq!(schema("limit")["default"], default.limit);
    assert_eq!(schema("workflow_id")["maxLength"], MAX_ID_CHARACTERS);
    // The default of an enum is in its component: beside a `$ref`, Python clients make it `Any`.
    assert_eq!(spec::resolve(schema("status"))["default"], default.status.as_str());
    let workflows = spec::operation("GET", "/v1/workflows").unwrap();
    let parameters = workflows.value["parameters"].as_array().unwrap();
    let names: Vec<_> = parameters.iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert_eq!(names, ListWorkflowsQuery::NAMES);
    let default = ListWorkflowsQuery::default();
    let [page, limit, q] = [0, 1, 2].map(|position| &parameters[position]["schema"]);
    assert_eq!((&page["maximum"], &page["default"]), (&json!(i32::MAX), &json!(default.page)));
    assert_eq!(
        (&limit["maximum"], &limit["default"]),
        (&json!(MAX_PAGE_LIMIT), &json!(default.limit))
    );
    assert_eq!((&q["minLength"], &q["maxLength"]), (&json!(1), &json!(MAX_ID_CHARACTERS)));
    let histogram = spec::operation("GET", "/v1/histogram").unwrap();
    let bucket = &histogram.value["parameters"][0];
    assert_eq!(bucket["name"], "bucket");
    let bucket = spec::resolve(&bucket["schema"]);
    assert_eq!(bucket["default"], HistogramQuery::default().bucket.as_str());
    let changes = spec::operation("GET", "/v1/changes").unwrap();
    let [after, limit] = [0, 1].map(|n| &changes.value["parameters"][n]["schema"]);
    let default = ListChangesQuery::default();
    assert_eq!(
        (&after["maximum"], &after["default"]),
        (&json!(MAX_CHANGE_NUMBER), &json!(default.after))
    );
    assert_eq!(
        (&limit["maximum"], &limit["default"]),
        (&json!(MAX_CHANGES_LIMIT), &json!(default.limit))
    );
    let events = spec::operation("GET", "/v1/events").unwrap();
    assert_eq!(events.value["parameters"][0]["schema"]["maximum"], MAX_CHANGE_NUMBER);
}

#[test]
fn bounds_of_bodies_are_the_enforced_ones() {
    let schema = |name: &str| &DOCUMENT["components"]["schemas"][name]["properties"];
    let items = &schema("WorkflowRunBatch")["items"];
    assert_eq!((&items["minItems"], &items["maxItems"]), (&json!(1), &json!(MAX_BATCH_RUNS)));
    let run = schema("WorkflowRunInput");
    assert_eq!(run["id"]["maxLength"], MAX_ID_CHARACTERS);
    assert_eq!(run["steps"]["maxItems"], MAX_STEPS);
    assert_eq!(run["step_count"]["maximum"], MAX_STEPS);
    assert_eq!(run["duration"]["maximum"], json!(Seconds::MAX as i64));
    assert_eq!(run["duration"]["minimum"], json!(-Seconds::MAX as i64));
    assert_eq!(run["outcome"]["maxLength"], MAX_OUTCOME_CHARACTERS);
    assert_eq!(run["url"]["maxLength"], MAX_URL_CHARACTERS);
    assert_eq!(run["heartbeat_timeout"]["maximum"], MAX_HEARTBEAT_TIMEOUT);
    for pairs in [&run["metadata"], &schema("StepExecutionInput")["metadata"]] {
        assert_eq!(pairs["maxProperties"], MAX_METADATA_PAIRS);
    }
}

#[tokio::test]
async fn the_served_documents_are_the_checked_in_files() {
    let world = World::new().await;
    let newer = include_bytes!("../../../openapi.json");
    let older = include_bytes!("../../../openapi-3.0.json");
    assert_eq!(world.get("/openapi.json", KEY).await.body, newer);
    assert_eq!(world.get("/openapi-3.0.json", KEY).await.body, older);
    assert_eq!(String::from_utf8_lossy(newer), runledger_contract::to_pretty(&DOCUMENT));
    let copy = runledger_contract::downlevel(&DOCUMENT).unwrap();
    assert_eq!(String::from_utf8_lossy(older), runledger_contract::to_pretty(&copy));
    assert_eq!(copy["openapi"], "3.0.3");
}

#[tokio::test]
async fn integers_are_written_as_integers() {
    // `1.0` for an integer breaks five generated clients.
    let world = World::new().await;
    let run = world.get("/v1/executions/run_def456", KEY).await.json();
    assert!(run["step_count"].is_i64() && run["steps"][0]["attempt"].is_i64());
    let list = world.get("/v1/executions", KEY).await.json();
    for key in ["total", "succeeded", "failed", "page", "limit"] {
        assert!(list[key].is_i64(), "{key}");
    }
}

#[test]
fn every_time_tells_ogen_to_keep_its_fraction() {
    let times: Vec<_> =
        every_schema().into_iter().filter(|(_, schema)| schema["format"] == "date-time").collect();
    assert!(times.len() >= 15, "{times:?}");
    for (pointer, time) in times {
        assert_eq!(time["x-ogen-time-format"], "2006-01-02T15:04:05.999Z07:00", "{pointer}");
    }
}

/// Every object in the document that may be a schema, with its JSON pointer. Values of examples are
/// none.
fn every_schema() -> Vec<(String, &'static Value)> {
    let mut found = Vec::new();
    visit(&DOCUMENT, String::new(), &mut found);
    found
}

fn visit(value: &'static Value, pointer: String, found: &mut Vec<(String, &'static Value)>) {
    match value {
        Value::Object(object) => {
            for (key, below) in object.iter().filter(|(key, _)| !key.starts_with("example")) {
                visit(below, format!("{pointer}/{key}"), found);
            }
            found.push((pointer, value));
        }
        Value::Array(values) => {
            for (index, below) in values.iter().enumerate() {
                visit(below, format!("{pointer}/{index}"), found);
            }
        }
        _ => {}
    }
}
