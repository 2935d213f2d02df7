//! The documentation against the spec, the model and the live server.

use axum::body::Body;
use runledger_model::{ErrorResponse, ListWorkflowRunsResponse, WorkflowRunDetail, examples};
use runledger_tests::{
    curl,
    documentation::{
        LIST, NOT_FOUND, PAGE, REQUESTS, RUN, UNAUTHORIZED, pieces, stands_in_the_page,
    },
    spec,
    world::{KEY, World},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

#[test]
fn the_stored_pieces_are_the_documentations_own() {
    for (name, text) in pieces() {
        assert!(stands_in_the_page(text), "{name} does not stand in the documentation");
    }
    let given = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/contract/executions.txt");
    if let Ok(given) = std::fs::read_to_string(given) {
        assert_eq!(PAGE, given, "executions.txt is not the page that was given");
    }
}

#[test]
fn a_stored_piece_that_is_broken_by_one_character_is_noticed() {
    let pieces = pieces();
    assert_eq!(pieces.len(), 9);
    for (name, text) in pieces {
        for (at, found) in text.char_indices() {
            let (before, after) = (&text[..at], &text[at + found.len_utf8()..]);
            for broken in [format!("{before}{after}"), format!("{before}~{after}")] {
                assert!(!stands_in_the_page(&broken), "{name}, broken at {at}");
            }
        }
    }
}

#[test]
fn the_requests_fit_the_spec() {
    for (name, line) in REQUESTS {
        let request = curl::parse(line);
        spec::check_request(&request.method, &request.path, &request.headers);
        insta::assert_debug_snapshot!(name, request);
    }
}

#[test]
fn the_responses_fit_the_spec_and_survive_the_model() {
    survives::<ListWorkflowRunsResponse>("list", LIST, "/v1/executions", "200");
    survives::<WorkflowRunDetail>("run", RUN, "/v1/executions/run_def456", "200");
    survives::<ErrorResponse>("401", UNAUTHORIZED, "/v1/executions", "401");
    survives::<ErrorResponse>("404", NOT_FOUND, "/v1/executions/unknown", "404");
}

/// Reads a documented body into the model's type and writes it again, to the same JSON with its
/// keys in the same order; and checks it against the spec.
fn survives<T: Serialize + DeserializeOwned>(name: &str, text: &str, path: &str, status: &str) {
    spec::check_response("GET", path, status.parse().unwrap(), "application/json", text.as_bytes());
    let documented: Value = serde_json::from_str(text).expect(name);
    let typed: T = serde_json::from_str(text).expect(name);
    let written = serde_json::to_string(&typed).unwrap();
    assert_eq!(written, documented.to_string(), "{name}");
    insta::assert_json_snapshot!(format!("body_{name}"), documented);
}

#[test]
fn the_models_examples_are_the_documented_ones() {
    assert_eq!(
        serde_json::from_str::<ListWorkflowRunsResponse>(LIST).unwrap(),
        examples::executions()
    );
    assert_eq!(serde_json::from_str::<WorkflowRunDetail>(RUN).unwrap(), examples::execution());
}

#[tokio::test]
async fn the_live_server_returns_the_documented_responses() {
    let world = World::new().await;
    for (name, line) in REQUESTS {
        let request = curl::parse(line);
        let headers: Vec<_> =
            request.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let reply = world.send(&request.method, &request.path, &headers, Body::empty()).await;
        assert_eq!(reply.status, 200, "{name}");
        insta::assert_json_snapshot!(format!("live_{name}"), reply.json());
    }

    let mut list: ListWorkflowRunsResponse =
        serde_json::from_slice(&world.get("/v1/executions", KEY).await.body).unwrap();
    assert_eq!(list.items.len(), 20);
    list.items.truncate(1);
    assert_eq!(list, serde_json::from_str(LIST).unwrap());

    let run = world.get("/v1/executions/run_def456", KEY).await;
    assert_eq!(run.json().to_string(), serde_json::from_str::<Value>(RUN).unwrap().to_string());
    let unauthorized = world.send("GET", "/v1/executions", &[], Body::empty()).await;
    assert_eq!(unauthorized.status, 401);
    assert_eq!(unauthorized.json(), serde_json::from_str::<Value>(UNAUTHORIZED).unwrap());
    let not_found = world.get("/v1/executions/unknown", KEY).await;
    assert_eq!(not_found.status, 404);
    assert_eq!(not_found.json(), serde_json::from_str::<Value>(NOT_FOUND).unwrap());
}
