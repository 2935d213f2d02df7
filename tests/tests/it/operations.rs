//! Rules for every operation of this contract that lint does not check.

use std::collections::BTreeSet;

use runledger_tests::spec::{DOCUMENT, Operation, operations};
use serde_json::{Value, json};

fn all_operations() -> Vec<Operation> {
    let operations = operations();
    assert!(operations.len() >= 4);
    operations
}

#[test]
fn additions_stand_under_a_tag_of_their_own() {
    for operation in all_operations() {
        let documented = ["listExecutions", "getExecution"].contains(&operation.id());
        let tag = json!(["Executions"]);
        assert_eq!(operation.value["tags"] == tag, documented, "{}", operation.id());
    }
}

#[test]
fn every_declared_tag_is_used() {
    let tags = DOCUMENT["tags"].as_array().expect("tags");
    let declared: BTreeSet<_> = tags.iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    let used: BTreeSet<_> = all_operations()
        .into_iter()
        .map(|operation| operation.value["tags"][0].as_str().unwrap())
        .collect();
    assert_eq!(used, declared);
}

#[test]
fn summaries_are_one_line_and_descriptions_say_more() {
    for operation in all_operations() {
        let text = |key: &str| operation.value[key].as_str().expect(key);
        let (summary, description) = (text("summary"), text("description"));
        assert!(!summary.contains('\n') && (10..100).contains(&summary.len()), "{summary}");
        assert!(description.len() > summary.len(), "{description}");
    }
}

#[test]
fn all_bodies_are_json_and_nothing_else_but_one_stream() {
    let mut bodies = 0;
    for operation in all_operations() {
        let responses = operation.responses().collect::<Vec<_>>().into_iter();
        let request = operation.value.get("requestBody").map(|body| ("request", body));
        for (status, body) in responses.chain(request) {
            // 204 has no content.
            let Some(content) = body["content"].as_object() else { continue };
            let types: Vec<_> = content.keys().collect();
            let expected = match (operation.id(), status) {
                ("streamChanges", "200") => "text/event-stream",
                _ => "application/json",
            };
            assert_eq!(types, [expected], "{} {status}", operation.id());
            bodies += 1;
        }
    }
    assert!(bodies > 20, "{bodies}");
}

#[test]
fn request_bodies_are_required() {
    let bodies = all_operations().into_iter().filter_map(|o| o.value.get("requestBody"));
    let required: Vec<_> = bodies.map(|body| &body["required"]).collect();
    assert_eq!(required, [&json!(true), &json!(true), &json!(true)]);
}

#[test]
fn no_operation_goes_without_the_key() {
    assert_eq!(DOCUMENT["components"]["securitySchemes"].as_object().map(|all| all.len()), Some(1));
    for operation in all_operations() {
        assert_eq!(operation.value.get("security"), None, "{}: the root's counts", operation.id());
        let statuses: Vec<_> = operation.responses().map(|(status, _)| status).collect();
        for status in ["401", "403", "500"] {
            assert!(statuses.contains(&status), "{} can respond {status}", operation.id());
        }
    }
}

#[test]
fn no_two_errors_show_the_same_example() {
    let responses = DOCUMENT["components"]["responses"].as_object().expect("responses");
    let shown: BTreeSet<_> = responses
        .values()
        .flat_map(|response| response["content"]["application/json"]["examples"].as_object())
        .flat_map(|examples| examples.values())
        .map(|example| example["value"].to_string())
        .collect();
    assert_eq!(shown.len(), responses.len(), "{shown:?}");
    assert!(shown.len() >= 9);
}

#[test]
fn errors_are_never_spelled_out_in_an_operation() {
    let mut shared = 0;
    for operation in all_operations() {
        for (status, response) in operation.value["responses"].as_object().expect("responses") {
            let refers = response["$ref"].as_str().is_some_and(|r| r.contains("/responses/"));
            assert_eq!(refers, !status.starts_with('2'), "{} {status}", operation.id());
            shared += usize::from(refers);
        }
    }
    assert!(shared > 15, "{shared}");
}

#[test]
fn the_server_is_a_plain_address_with_a_port() {
    let servers = DOCUMENT["servers"].as_array().map(Vec::as_slice).unwrap_or_default();
    let [Value::Object(server)] = servers else { panic!("not one server: {servers:?}") };
    let port = server["url"].as_str().and_then(|url| url.strip_prefix("http://127.0.0.1:"));
    assert!(port.is_some_and(|port| port.parse::<u16>().is_ok()), "{port:?}");
}
