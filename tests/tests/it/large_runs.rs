//! Runs about as large as a server takes, and larger ones.

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
};
use http_body_util::BodyExt;
use runledger_model::limits::MAX_STEPS;
use runledger_server::{Settings, router};
use runledger_tests::world::{KEY, World};
use serde_json::{Value, json};
use tower::ServiceExt;

#[tokio::test]
async fn the_greatest_number_of_steps_can_be_sent_back() {
    let world = World::new().await;
    let steps: Vec<_> = (0..MAX_STEPS)
        .map(|n| json!({ "id": n.to_string(), "step_name": "s", "status": "SUCCEEDED" }))
        .collect();
    let run = json!({ "workflow_id": "w", "status": "SUCCEEDED", "steps": steps });
    assert_eq!(world.send_json("PUT", "/v1/executions/r", KEY, &run).await.status, 201);
    let back = world.get("/v1/executions/r", KEY).await.json();
    let again = world.send_json("PUT", "/v1/executions/r", KEY, &back).await;
    assert_eq!(again.status, 200, "{}", back.to_string().len());
    assert_eq!(again.json(), back);
}

/// Sends a request to a service, and returns the status and the content of the response.
async fn send(service: &Router, method: &str, path: &str, body: &Value) -> (StatusCode, Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Token {KEY}"))
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()));
    let response = service.clone().oneshot(request.unwrap()).await.unwrap();
    let status = response.status();
    let content = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&content).unwrap())
}

#[tokio::test]
async fn a_run_that_was_recorded_under_a_larger_limit_is_returned_and_can_be_ended() {
    let world = World::new().await;
    let small = Settings {
        max_body_bytes: 100_000,
        max_buffered_body_bytes: 100_000,
        max_buffered_response_bytes: 100_000,
        max_cached_response_bytes: 0,
        ..Settings::default()
    };
    let service = router(world.store.clone(), &small);
    let error = "e".repeat(60_000);
    let step = |n: i32| {
        let id = n.to_string();
        json!({ "id": id, "step_name": "s", "status": "FAILED", "error": error })
    };
    let steps: Vec<_> = (0..10).map(step).collect();
    let run = json!({ "workflow_id": "w", "status": "RUNNING", "steps": steps });
    let path = "/v1/executions/large";
    let (status, refused) = send(&service, "PUT", path, &run).await;
    assert_eq!(status, 413);
    let message = refused["error"].as_str().unwrap();
    assert!(message.starts_with("The body is larger than 100000 bytes"), "{message}");
    assert_eq!(world.send_json("PUT", path, KEY, &run).await.status, 201);
    let recorded = world.get(path, KEY).await.json();
    for _ in 0..3 {
        assert_eq!(
            send(&service, "GET", path, &Value::Null).await,
            (StatusCode::OK, recorded.clone())
        );
    }
    let (status, ended) = send(&service, "PATCH", path, &json!({ "status": "FAILED" })).await;
    assert_eq!((status, &ended["status"]), (StatusCode::OK, &json!("FAILED")));
    let further = json!({ "steps": [{ "id": "further" }] });
    let (status, refused) = send(&service, "PATCH", path, &further).await;
    assert_eq!(status, 413);
    let message = refused["error"].as_str().unwrap();
    let expected = "as getExecution returns it, and the limit of this server is 100000; nothing";
    assert!(
        message.starts_with("The run would have 60") && message.contains(expected),
        "{message}"
    );
}
