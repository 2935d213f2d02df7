//! Runs as engines report them, over HTTP.

use axum::http::StatusCode;
use runledger_model::{StepExecution, WorkflowRunDetail, examples};
use runledger_server::Settings;
use runledger_tests::world::{KEY, World};
use serde_json::{Value, json};

fn run(status: &str, step: Value) -> Value {
    let mut step = step;
    step["id"] = json!("a");
    step["step_name"] = json!("s");
    json!({
        "workflow_id": "w", "version_id": "v", "version_display_name": "V", "type": "TEST",
        "status": status, "created_at": "2025-01-01T00:00:00Z", "steps": [step],
    })
}

#[tokio::test]
async fn what_engines_say_does_not_cost_the_run() {
    let world = World::new().await;
    for (number, step) in [
        json!({ "status": "SUCCEEDED", "started_at": "2021-08-05T10:38:18Z",
                "finished_at": "2021-08-05T10:38:17Z" }),
        json!({ "status": "SUCCEEDED", "attempt": 0 }),
        json!({ "status": "FAILED", "error": "a\0b" }),
        json!({ "status": "FAILED", "error": "x".repeat(65_537) }),
        json!({ "status": "SKIPPED" }),
        json!({ "status": "CANCELLED" }),
        json!({ "status": "SUCCEEDED", "duration": -0.003 }),
        json!({ "status": "PENDING", "started_at": "0001-01-01T00:00:00Z" }),
    ]
    .into_iter()
    .enumerate()
    {
        let path = format!("/v1/executions/engine{number}");
        let reply = world.send_json("PUT", &path, KEY, &run("FAILED", step.clone())).await;
        assert_eq!(reply.status, 201, "{step:.100}");
        assert_eq!(world.get(&path, KEY).await.json(), reply.json(), "{step:.100}");
    }
    let text = run("FAILED", json!({ "status": "FAILED", "error": "cut" })).to_string();
    let text = text.replace("cut", "cut \\ud83d");
    let reply = world.send_text("PUT", "/v1/executions/half", KEY, text).await;
    assert_eq!(reply.json()["steps"][0]["error"], "cut \u{FFFD}");
}

/// A client that does not know attempts runs a failed run again: the result stands that is known.
#[tokio::test]
async fn a_run_that_is_run_again_keeps_its_first_attempt() {
    let world = World::new().await;
    let path = "/v1/executions/again";
    let with_status = |status: &str| run(status, json!({ "status": "FAILED" }));
    assert_eq!(world.send_json("PUT", path, KEY, &with_status("FAILED")).await.status, 201);
    assert_eq!(world.send_json("PUT", path, KEY, &with_status("RUNNING")).await.status, 409);
    let mut second = with_status("RUNNING");
    second["attempt"] = json!(2);
    let reply = world.send_json("PUT", path, KEY, &second).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json()["attempts"][0]["status"], "FAILED");
    assert_eq!(world.get(path, KEY).await.json(), reply.json());
    assert_eq!(world.send_json("PUT", path, KEY, &with_status("SUCCEEDED")).await.status, 200);
    let first = world.get(&format!("{path}?attempt=1"), KEY).await.json();
    assert_eq!((&first["status"], &first["attempt"]), (&json!("FAILED"), &Value::Null));
    // A response that is sent back is that attempt, although it leaves the number 1 out.
    let reply = world.send_json("PUT", path, KEY, &first).await;
    assert_eq!((reply.status, reply.json()), (StatusCode::OK, first));
    assert_eq!(world.get(path, KEY).await.json()["status"], "SUCCEEDED");
    assert_eq!(world.get(&format!("{path}?attempt=3"), KEY).await.status, 404);
    assert_eq!(world.get(&format!("{path}?attempt=0"), KEY).await.status, 400);
    let list = world.get("/v1/executions?workflow_id=w", KEY).await.json();
    assert_eq!(
        (&list["total"], &list["succeeded"], &list["failed"]),
        (&json!(1), &json!(1), &json!(0))
    );
    assert_eq!(list["items"][0]["attempt"], 2);
    let error = world.get("/v1/executions/again?attemp=1", KEY).await;
    assert!(error.error().contains("did you mean attempt"), "{}", error.error());
}

/// The live states of a batch that is repeated change nothing, and are no error.
#[tokio::test]
async fn a_repeated_batch_is_unchanged() {
    let world = World::new().await;
    let mut states =
        ["RUNNING", "SUCCEEDED"].map(|status| run(status, json!({ "status": status })));
    states.iter_mut().for_each(|run| run["id"] = json!("a"));
    let batch = json!({ "items": states });
    for expected in [["RECORDED", "UPDATED"], ["UNCHANGED", "UNCHANGED"]] {
        let reply = world.send_json("POST", "/v1/executions/batch", KEY, &batch).await.json();
        assert_eq!([&reply["items"][0]["outcome"], &reply["items"][1]["outcome"]], expected);
    }
    assert_eq!(world.get("/v1/executions/a", KEY).await.json()["status"], "SUCCEEDED");
}

#[tokio::test]
async fn a_run_that_is_larger_than_the_budget_is_returned_alone() {
    let small = 64 * 1024;
    let settings = Settings {
        max_body_bytes: small,
        max_buffered_body_bytes: small,
        max_buffered_response_bytes: small,
        ..Settings::default()
    };
    let world = World::with(&settings).await;
    let original = examples::execution();
    let step = |number: usize| StepExecution {
        id: number.to_string(),
        error: Some("x".repeat(60_000)),
        ..original.steps[0].clone()
    };
    let steps: Vec<_> = (0..20).map(step).collect();
    let large = WorkflowRunDetail { id: "large".into(), step_count: 20, steps, ..original.clone() };
    // A program that writes the database itself has no limits.
    world.store.record(world.tenant, vec![large.clone()]).await.unwrap();
    for _ in 0..2 {
        let reply = world.get("/v1/executions/large", KEY).await;
        assert_eq!((reply.status, reply.json()), (StatusCode::OK, json!(large)));
    }
}
