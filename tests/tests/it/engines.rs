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
}

/// Texts of 304, 1,100 and 65,537 characters, and texts that are cut in the middle of a character.
#[tokio::test]
async fn texts_do_not_cost_a_run() {
    let world = World::new().await;
    let named = |length: usize| format!("{}\\ud83d", "x".repeat(length));
    let body = json!({
        "id": "texts", "workflow_id": "w", "status": "FAILED", "version_display_name": named(300),
        "triggered_by": named(300), "error": named(65_537), "metadata": { "title": named(1100) },
        "steps": [{ "id": "a", "step_name": named(304), "status": "FAILED", "error": named(5),
            "metadata": { "title": named(3) } }],
    });
    let body = body.to_string().replace("\\\\ud83d", "\\ud83d");
    let name = |left_out: usize| {
        let x = |count| "x".repeat(count);
        format!("{} [{left_out} characters left out] {}\u{FFFD}", x(105), x(104))
    };
    let title =
        format!("{} [141 characters left out] {}\u{FFFD}", "x".repeat(480), "x".repeat(479));
    let path = "/v1/executions/texts";
    let batch = format!("{{\"items\":[{body}]}}");
    for (method, path_of_request, text) in
        [("PATCH", path, &body), ("PUT", path, &body), ("POST", "/v1/executions/batch", &batch)]
    {
        let reply = world.send_text(method, path_of_request, KEY, text.clone()).await;
        assert!(reply.status.is_success(), "{method}: {}", reply.json());
        if method == "POST" {
            assert_eq!(reply.json()["items"][0]["outcome"], "RECORDED");
        }
        let run = world.get(path, KEY).await.json();
        assert_eq!(run["version_display_name"], name(91), "{method}");
        assert_eq!(run["triggered_by"], name(91), "{method}");
        assert_eq!(run["steps"][0]["step_name"], name(95), "{method}");
        assert_eq!(run["metadata"]["title"], title, "{method}");
        assert_eq!(run["steps"][0]["metadata"]["title"], "xxx\u{FFFD}", "{method}");
        assert_eq!(run["steps"][0]["error"], "xxxxx\u{FFFD}", "{method}");
        assert!(
            run["error"].as_str().unwrap().contains("\n[66 characters left out]\n"),
            "{method}"
        );
        let again = world.send_json("PUT", path, KEY, &run).await;
        assert_eq!((again.status, again.json()), (StatusCode::OK, run), "{method}");
        world.send_json("DELETE", path, KEY, &json!(null)).await;
    }
}

#[tokio::test]
async fn an_outcome_fits_its_status() {
    let world = World::new().await;
    let path = "/v1/executions/outcome";
    let mut body = json!({ "workflow_id": "w", "status": "RUNNING", "outcome": "LOST" });
    for method in ["PUT", "PATCH"] {
        let reply = world.send_json(method, path, KEY, &body).await;
        assert_eq!(reply.status, 422);
        assert_eq!(
            reply.error(),
            "outcome must not be LOST where status is RUNNING: send the status FAILED, or leave \
             the outcome out"
        );
    }
    body["outcome"] = json!("WAITING");
    assert_eq!(world.send_json("PATCH", path, KEY, &body).await.status, 201);
    // A word that belongs to a status reports it, and is replaced with it.
    for (body, status, outcome) in [
        (json!({ "outcome": "CRASHED" }), "FAILED", json!("CRASHED")),
        (json!({ "status": "RUNNING" }), "FAILED", json!("CRASHED")),
        (json!({ "status": "SUCCEEDED" }), "SUCCEEDED", json!(null)),
        (
            json!({ "outcome": "SKIPPED", "metadata": { "a": "1", "b": "2" } }),
            "SUCCEEDED",
            json!("SKIPPED"),
        ),
        (json!({ "status": null, "workflow_id": null }), "SUCCEEDED", json!("SKIPPED")),
    ] {
        let run = world.send_json("PATCH", path, KEY, &body).await.json();
        assert_eq!((&run["status"], &run["outcome"]), (&json!(status), &outcome), "{body}");
    }
    let one = json!({ "metadata": { "a": null, "c": "3" } });
    let run = world.send_json("PATCH", path, KEY, &one).await.json();
    assert_eq!(run["metadata"], json!({ "b": "2", "c": "3" }), "null takes one pair away");
    let run = world.get(path, KEY).await.json();
    assert_eq!(world.send_json("PUT", path, KEY, &run).await.json(), run);
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
