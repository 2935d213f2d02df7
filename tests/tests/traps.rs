//! One test for each of the traps of utoipa, schemars and the client generators that can touch this contract.

use runledger_model::{
    ListExecutionsQuery, examples,
    limits::{MAX_BATCH_RUNS, MAX_ERROR_CHARACTERS, MAX_ID_CHARACTERS, MAX_PAGE_LIMIT, MAX_STEPS},
};
use runledger_tests::{
    spec::{self, DOCUMENT, Operation},
    world::{KEY, World},
};
use serde_json::{Value, json};

/// The names of the components that are sent by clients.
const TAKEN: [&str; 3] = ["WorkflowRunInput", "WorkflowRunBatch", "StepExecutionInput"];

fn schemas() -> impl Iterator<Item = (&'static String, &'static Value)> {
    DOCUMENT["components"]["schemas"].as_object().expect("schemas").iter()
}

fn answered() -> impl Iterator<Item = (&'static String, &'static Value)> {
    schemas().filter(|(name, _)| !TAKEN.contains(&name.as_str()))
}

fn properties(schema: &'static Value) -> impl Iterator<Item = (&'static String, &'static Value)> {
    schema["properties"].as_object().into_iter().flatten()
}

fn parameters() -> Vec<&'static Value> {
    let of = |operation: Operation| operation.value["parameters"].as_array().into_iter().flatten();
    let parameters: Vec<_> = spec::operations().into_iter().flat_map(of).collect();
    assert!(parameters.len() >= 6);
    parameters
}

/// Every object and array below a value, with its place.
fn everything<'a>(value: &'a Value, place: String, found: &mut Vec<(String, &'a Value)>) {
    found.push((place.clone(), value));
    match value {
        Value::Object(object) => {
            object.iter().for_each(|(k, v)| everything(v, format!("{place}/{k}"), found))
        }
        Value::Array(all) => {
            all.iter().enumerate().for_each(|(n, v)| everything(v, format!("{place}/{n}"), found))
        }
        _ => {}
    }
}

/// Whether the place is within an example's value, which is no schema.
fn is_example(place: &str) -> bool {
    place.contains("/examples/") && place.contains("/value")
}

fn every_place() -> Vec<(String, &'static Value)> {
    let mut found = Vec::new();
    everything(&DOCUMENT, String::new(), &mut found);
    found
}

#[test]
fn keys_of_answers_are_required_and_null_is_a_type_of_its_own() {
    // Left out where absent, as the documentation says.
    let optional = ["ErrorResponse.code", "ErrorResponse.details", "RecordResult.error"];
    let mut left_out = Vec::new();
    for (name, schema) in answered() {
        for (property, value) in properties(schema) {
            if !schema["required"].as_array().unwrap().contains(&json!(property)) {
                left_out.push(format!("{name}.{property}"));
                assert!(
                    !value["type"].is_array(),
                    "{name}.{property} is left out or null: one too many"
                );
            }
        }
    }
    assert_eq!(left_out, optional);
}

#[test]
fn no_query_parameter_is_null() {
    for parameter in parameters() {
        let schema = spec::resolve(&parameter["schema"]);
        assert!(schema["type"].is_string(), "{parameter}");
    }
}

#[test]
fn enums_are_named_components() {
    let inline = every_place().into_iter().filter(|(place, value)| {
        value["enum"].is_array() && place.matches('/').count() != 3 && !place.contains("/example")
    });
    assert_eq!(inline.map(|(place, _)| place).collect::<Vec<_>>(), [""; 0]);
    let named: Vec<_> =
        schemas().filter(|(_, s)| s["enum"].is_array()).map(|(name, _)| name).collect();
    assert_eq!(
        named,
        ["RecordOutcome", "StepStatus", "StepType", "WorkflowRunStatus", "WorkflowRunStatusFilter"]
    );
}

#[test]
fn enums_have_the_words_of_the_wire() {
    // utoipa silently ignores a `rename` whose value comes in through a macro's `literal` fragment.
    let words = |name: &str| DOCUMENT["components"]["schemas"][name]["enum"].clone();
    assert_eq!(words("StepStatus"), json!(["PENDING", "RUNNING", "SUCCEEDED", "FAILED"]));
    assert_eq!(words("StepType"), json!(["TRIGGER", "PIECE"]));
    let run = json!(["PENDING", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED", "PAUSED"]);
    assert_eq!(words("WorkflowRunStatus"), run);
}

#[test]
fn enums_that_share_words_have_names_of_their_own_for_go() {
    let mut names = Vec::new();
    for (_, schema) in schemas().filter(|(_, schema)| schema["enum"].is_array()) {
        let own = schema.get("x-enum-varnames").unwrap_or(&schema["enum"]).as_array().unwrap();
        assert_eq!(own.len(), schema["enum"].as_array().unwrap().len());
        names.extend(own.iter().map(|name| name.as_str().unwrap()));
    }
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!((names.len(), count), (23, 23), "{names:?}");
}

#[test]
fn the_filters_default_stands_on_its_component() {
    assert_eq!(DOCUMENT["components"]["schemas"]["WorkflowRunStatusFilter"]["default"], "all");
    let referring = parameters().into_iter().filter(|p| p["schema"]["$ref"].is_string());
    let schemas: Vec<_> = referring.map(|p| &p["schema"]).collect();
    assert_eq!(schemas, [&json!({ "$ref": "#/components/schemas/WorkflowRunStatusFilter" })]);
}

#[test]
fn numbers_have_a_format_and_a_minimum() {
    let has = |value: &Value, word: &str| {
        value["type"] == word
            || value["type"].as_array().is_some_and(|all| all.contains(&json!(word)))
    };
    let mut checked = 0;
    for (place, value) in every_place() {
        for (word, formats) in [("integer", &["int32", "int64"][..]), ("number", &["double"])] {
            if has(value, word) && !is_example(&place) {
                let format = value["format"].as_str().unwrap_or_default();
                assert!(formats.contains(&format), "{place}: {format}");
                assert!(value["minimum"].is_number(), "{place}");
                checked += 1;
            }
        }
    }
    assert!(checked >= 15, "{checked}");
}

#[test]
fn operations_have_ids_and_one_described_tag() {
    let tags = DOCUMENT["tags"].as_array().unwrap();
    for operation in spec::operations() {
        let id = operation.id();
        assert!(id.starts_with(char::is_lowercase) && id.contains(char::is_uppercase), "{id}");
        assert!(id.chars().all(|c| c.is_ascii_alphanumeric()), "{id}");
        for suffix in ["Request", "Response"] {
            // Generators give these names to the operation's own types.
            let taken = format!("{id}{suffix}").to_lowercase();
            assert!(schemas().all(|(name, _)| name.to_lowercase() != taken), "{taken}");
        }
        let [tag] = operation.value["tags"].as_array().unwrap().as_slice() else {
            panic!("{id}: not one tag")
        };
        let described = |t: &&Value| t["name"] == *tag && t["description"].is_string();
        assert!(tags.iter().any(|t| described(&t)), "{tag} is not described");
        assert!(
            operation.value["summary"].is_string() && operation.value["description"].is_string()
        );
    }
}

#[test]
fn statuses_are_explicit_and_every_response_is_described() {
    for operation in spec::operations() {
        for (status, response) in operation.responses() {
            assert!(status.parse::<u16>().is_ok(), "{}: {status}", operation.id());
            assert!(response["description"].as_str().is_some_and(|text| !text.is_empty()));
        }
    }
}

#[test]
fn errors_share_one_schema_and_have_an_example_each() {
    let responses = DOCUMENT["components"]["responses"].as_object().unwrap();
    assert_eq!(responses.len(), 12, "{:?}", responses.keys());
    for (name, response) in responses {
        let content = &response["content"]["application/json"];
        assert_eq!(content["schema"]["$ref"], "#/components/schemas/ErrorResponse", "{name}");
        assert!(content["examples"][name]["value"]["error"].is_string(), "{name}");
    }
}

#[test]
fn the_key_is_a_header_that_clients_send() {
    let expected = json!({ "type": "apiKey", "in": "header", "name": "Authorization" });
    let mut scheme = DOCUMENT["components"]["securitySchemes"]["ApiKey"].clone();
    let description = scheme.as_object_mut().unwrap().remove("description").unwrap();
    assert_eq!(scheme, expected);
    assert!(description.as_str().unwrap().contains("Token your-api-key-here"));
    assert_eq!(DOCUMENT["security"], json!([{ "ApiKey": [] }]));
}

#[test]
fn answers_bear_no_constraints_that_make_clients_refuse_them() {
    for (name, schema) in answered() {
        assert_eq!(schema.get("additionalProperties"), None, "{name}");
        for (property, value) in properties(schema) {
            for keyword in ["minLength", "maxLength", "pattern", "minItems", "maxItems", "maximum"]
            {
                assert_eq!(value.get(keyword), None, "{name}.{property}");
            }
        }
    }
}

#[test]
fn the_frame_is_whole() {
    assert_eq!(DOCUMENT["openapi"], "3.1.0", "3.2.0 breaks every target of openapi-generator");
    let info = &DOCUMENT["info"];
    for field in ["title", "version", "description"] {
        assert!(info[field].as_str().is_some_and(|text| !text.is_empty()), "info.{field}");
    }
    assert!(info["contact"]["name"].is_string());
    assert!(info["license"]["name"].is_string() && info["license"]["identifier"].is_string());
    assert!(DOCUMENT["servers"][0]["url"].as_str().unwrap().starts_with("http://127.0.0.1:"));
}

#[test]
fn references_lead_somewhere_and_nothing_is_unused() {
    let mut referenced = Vec::new();
    for (place, value) in every_place() {
        if let Some(pointer) = value.get("$ref").and_then(Value::as_str) {
            assert!(DOCUMENT.pointer(&pointer[1..]).is_some(), "{place}: dangling {pointer}");
            referenced.push(pointer.to_owned());
        }
    }
    for kind in ["schemas", "responses"] {
        for name in DOCUMENT["components"][kind].as_object().unwrap().keys() {
            let pointer = format!("#/components/{kind}/{name}");
            assert!(referenced.contains(&pointer), "{pointer} is not used");
        }
    }
}

#[test]
fn nothing_is_said_in_ways_that_clients_misread() {
    for (place, value) in every_place() {
        for keyword in ["allOf", "oneOf", "anyOf", "propertyNames", "patternProperties", "const"] {
            let a_schema_says_it = value.get(keyword).is_some() && !is_example(&place);
            assert!(!a_schema_says_it, "{place}: {keyword}");
        }
    }
}

#[test]
fn bounds_and_defaults_are_those_that_are_enforced() {
    let list =
        spec::operation("GET", "/v1/executions").unwrap().value["parameters"].as_array().unwrap();
    let of = |name: &str| &list.iter().find(|p| p["name"] == name).expect(name)["schema"];
    let default = ListExecutionsQuery::default();
    assert_eq!((&of("page")["minimum"], &of("page")["maximum"]), (&json!(1), &json!(i32::MAX)));
    assert_eq!(
        (&of("limit")["minimum"], &of("limit")["maximum"]),
        (&json!(1), &json!(MAX_PAGE_LIMIT))
    );
    assert_eq!(
        (&of("page")["default"], &of("limit")["default"]),
        (&json!(default.page), &json!(default.limit))
    );
    assert_eq!(of("workflow_id")["maxLength"], MAX_ID_CHARACTERS);
    assert_eq!(default.status.as_str(), "all");
    for parameter in list {
        assert_eq!(parameter["required"], false);
    }
    let taken = &DOCUMENT["components"]["schemas"];
    let items = &taken["WorkflowRunBatch"]["properties"]["items"];
    assert_eq!((&items["minItems"], &items["maxItems"]), (&json!(1), &json!(MAX_BATCH_RUNS)));
    let run = &taken["WorkflowRunInput"]["properties"];
    assert_eq!(run["steps"]["maxItems"], MAX_STEPS);
    assert_eq!(run["duration"]["maximum"], json!(runledger_model::Seconds::MAX as i64));
    let step = &taken["StepExecutionInput"]["properties"];
    assert_eq!(step["error"]["maxLength"], MAX_ERROR_CHARACTERS);
}

#[test]
fn keys_stand_in_the_types_order() {
    let (list, run) = (json!(examples::executions()), json!(examples::execution()));
    for (name, written) in [
        ("ListWorkflowRunsResponse", &list),
        ("WorkflowRunMetadata", &list["items"][0]),
        ("WorkflowRunDetail", &run),
        ("StepExecution", &run["steps"][0]),
    ] {
        let schema = &DOCUMENT["components"]["schemas"][name];
        let keys: Vec<_> = properties(schema).map(|(key, _)| key).collect();
        assert_eq!(keys, written.as_object().unwrap().keys().collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn what_may_be_null_and_refers_to_another_schema_does_not_exist() {
    // utoipa would put its description into a branch of a `oneOf`, where some clients lose it.
    for (name, schema) in schemas() {
        for (property, value) in properties(schema) {
            let described = value["description"].is_string();
            assert!(described && value.get("oneOf").is_none(), "{name}.{property}");
        }
    }
}

#[test]
fn a_run_is_described_in_the_same_words_in_a_list_and_by_itself() {
    let schemas = &DOCUMENT["components"]["schemas"];
    for (property, listed) in properties(&schemas["WorkflowRunMetadata"]) {
        assert_eq!(listed, &schemas["WorkflowRunDetail"]["properties"][property], "{property}");
    }
}

#[tokio::test]
async fn what_is_served_is_what_is_checked_in() {
    let world = World::new().await;
    let newer = include_bytes!("../../openapi.json");
    let older = include_bytes!("../../openapi-3.0.json");
    assert_eq!(world.get("/openapi.json", KEY).await.body, newer);
    assert_eq!(world.get("/openapi-3.0.json", KEY).await.body, older);
    assert_eq!(String::from_utf8_lossy(newer), runledger_contract::to_pretty(&DOCUMENT));
    let copy = runledger_contract::downlevel(&DOCUMENT).unwrap();
    assert_eq!(String::from_utf8_lossy(older), runledger_contract::to_pretty(&copy));
    assert_eq!(copy["openapi"], "3.0.3");
}

#[tokio::test]
async fn integers_are_written_as_integers() {
    // `1.0` where an integer is due breaks five generated clients.
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
    let mut times = 0;
    for (place, value) in every_place() {
        if value["format"] == "date-time" {
            assert_eq!(value["x-ogen-time-format"], "2006-01-02T15:04:05.999Z07:00", "{place}");
            times += 1;
        }
    }
    assert!(times >= 15, "{times}");
}
