//! Recording runs over HTTP.

use runledger_model::{WorkflowRunDetail, examples, limits::MAX_BATCH_RUNS};
use runledger_tests::world::{KEY, OTHER, READER, REVOKED, WRITER, World};
use serde_json::{Value, json};

fn run(id: &str) -> Value {
    let mut run = serde_json::to_value(examples::execution()).unwrap();
    run["id"] = json!(id);
    run
}

#[tokio::test]
async fn a_response_of_get_can_be_recorded_again_and_changes_nothing() {
    let world = World::new().await;
    let wide = runledger_sample::history(1, 1000, runledger_model::Timestamp::now())
        .max_by_key(|run| run.step_count)
        .unwrap();
    assert!(wide.step_count >= 200, "{}", wide.step_count);
    world.store.record(world.tenant, vec![wide.clone()]).await.unwrap();
    for id in ["run_def456", &wide.id] {
        let path = format!("/v1/executions/{id}");
        let before = world.get(&path, KEY).await;
        let text = String::from_utf8(before.body.clone()).unwrap();
        let put = world.send_text("PUT", &path, KEY, text).await;
        assert_eq!(put.status, 200);
        assert_eq!(put.body, before.body);
        let batch = json!({ "items": [before.json()] });
        let response = world.send_json("POST", "/v1/executions/batch", KEY, &batch).await.json();
        assert_eq!(response, json!({ "items": [{ "id": id, "outcome": "UNCHANGED" }] }));
        assert_eq!(world.get(&path, KEY).await.body, before.body);
    }
}

#[tokio::test]
async fn a_new_run_is_a_201_and_a_known_one_a_200() {
    let world = World::new().await;
    let mut body = run("new");
    for status in [201, 200] {
        let reply = world.send_json("PUT", "/v1/executions/new", KEY, &body).await;
        assert_eq!(reply.status, status);
        assert_eq!(reply.json(), body);
    }
    body["status"] = json!("FAILED");
    assert_eq!(world.send_json("PUT", "/v1/executions/new", KEY, &body).await.status, 200);
    assert_eq!(world.get("/v1/executions/new", KEY).await.json(), body);
    let totals = world.get("/v1/executions?limit=1", KEY).await.json();
    assert_eq!((&totals["total"], &totals["failed"]), (&json!(251), &json!(31)));
}

#[tokio::test]
async fn nullable_fields_may_be_omitted() {
    let world = World::new().await;
    let least = json!({
        "workflow_id": "w", "version_id": "v", "version_display_name": "", "type": "TEST",
        "status": "PENDING", "created_at": "2025-01-04T14:00:00.1239+02:00",
        "steps": [{
            "id": "s", "step_name": "n", "step_type": "PIECE", "status": "PENDING", "attempt": 2.0,
            "created_at": "2025-01-04T12:00:00Z", "error": null,
        }],
        "step_count": 1.0,
    });
    let reply = world.send_json("PUT", "/v1/executions/least", KEY, &least).await;
    assert_eq!(reply.status, 201);
    insta::assert_json_snapshot!(reply.json());
}

#[tokio::test]
async fn contradictions_change_nothing() {
    let world = World::new().await;
    let before = world.get("/v1/executions/run_def456", KEY).await.body;
    for (pointer, value) in [("/id", json!("other")), ("/step_count", json!(3))] {
        let mut body = run("run_def456");
        *body.pointer_mut(pointer).unwrap() = value;
        let reply = world.send_json("PUT", "/v1/executions/run_def456", KEY, &body).await;
        assert_eq!(reply.status, 422, "{pointer}");
    }
    let mut body = run("run_def456");
    body["status"] = json!("RUNNING");
    let reply = world.send_json("PUT", "/v1/executions/run_def456", KEY, &body).await;
    assert_eq!(reply.status, 409);
    let error = reply.error();
    assert!(error.contains("SUCCEEDED") && error.contains("RUNNING"), "{error}");
    assert_eq!(world.get("/v1/executions/run_def456", KEY).await.body, before);
}

#[tokio::test]
async fn errors_name_their_location() {
    let world = World::new().await;
    for (pointer, value, message) in [
        (
            "/status",
            json!("DONE"),
            "status must be one of PENDING, RUNNING, SUCCEEDED, FAILED, CANCELLED, PAUSED, \
             not \"DONE\"",
        ),
        ("/status", json!(null), "status must be "),
        ("/status", json!(7), "status must be "),
        ("/workflow_id", json!([]), "workflow_id must be a string, not an array"),
        ("/duration", json!("x".repeat(1000)), "duration must be a number, not \"xxx"),
        ("/steps", json!({}), "steps must be an array, not an object"),
        ("/steps/1", json!(["step_exec_124"]), "steps[1] must be an object, not an array"),
        (
            "/created_at",
            json!("yesterday"),
            "created_at must be an RFC 3339 time such as 2025-01-04T12:00:00Z, not \"yesterday\"",
        ),
        ("/duration", json!(-2e9), "duration must be seconds from -1,000,000,000 to 1,000,000,000"),
        (
            "/steps/1/attempt",
            json!(1.5),
            "steps[1].attempt must be a whole number from 0 to 2147483647, not 1.5",
        ),
        (
            "/steps/0/step_type",
            json!("trigger"),
            "steps[0].step_type must be one of TRIGGER, PIECE",
        ),
        ("/workflow_id", json!(true), "workflow_id must be a string, not true"),
        (
            "/duration",
            json!(1e308),
            "duration must be seconds from -1,000,000,000 to 1,000,000,000",
        ),
        (
            "/step_count",
            json!("2"),
            "step_count must be a whole number from 0 to 100000, not \"2\"",
        ),
        ("/step_count", json!(1e308), "step_count must be a whole number from 0 to 100000, not 1"),
        ("/step_count", json!(-1), "step_count must be a whole number from 0 to 100000, not -1"),
        (
            "/step_count",
            json!([]),
            "step_count must be a whole number from 0 to 100000, not an array",
        ),
        ("/workflow_id", json!(""), "workflow_id must have 1 to 255 characters"),
    ] {
        let mut body = run("run_def456");
        *body.pointer_mut(pointer).unwrap() = value;
        let reply = world.send_json("PUT", "/v1/executions/run_def456", KEY, &body).await;
        assert_eq!(reply.status, 400, "{pointer}");
        assert!(reply.error().starts_with(message), "{pointer}: {}", reply.error());
        assert!(reply.error().len() < 200, "{}", reply.error());
        assert_eq!(reply.json()["code"], "VALIDATION_ERROR");
    }
}

#[tokio::test]
async fn a_rejected_run_does_not_affect_the_others() {
    let world = World::new().await;
    let mut nonsense = run("nonsense");
    nonsense["step_count"] = json!(7);
    let mut live_again = run("run_def456");
    live_again["status"] = json!("RUNNING");
    let mut anonymous = run("");
    anonymous.as_object_mut().unwrap().remove("id");
    let items = json!([run("a"), nonsense, live_again, anonymous, 5, run("a"), run("b")]);
    let batch = json!({ "items": items });
    let reply = world.send_json("POST", "/v1/executions/batch", KEY, &batch).await;
    assert_eq!(reply.status, 200);
    insta::assert_json_snapshot!(reply.json());
    assert_eq!(world.get("/v1/executions/b", KEY).await.json(), run("b"));
    assert_eq!(world.get("/v1/executions?limit=1", KEY).await.json()["total"], 252);
}

/// JSON allows values that Rust types cannot hold: the run is rejected, the others are recorded.
/// are recorded.
#[tokio::test]
async fn values_that_no_type_can_hold_reject_one_run_only() {
    let world = World::new().await;
    let good = run("good").to_string();
    let put = |from: &str, to: &str| run("bad").to_string().replacen(from, to, 1);
    for (bad, id, message) in [
        (put("15.5", "1e400"), json!("bad"), "duration cannot be read: number out of range"),
        (put("WEBHOOK", "\\ud800"), json!("bad"), "type must not have half of a surrogate pair"),
        (put("\"bad\"", "\"\\ud800\""), json!(null), "id must not have half of a surrogate"),
        (put("{", "{\"id\":\"bad\","), json!(null), "id must be given once, not repeated"),
        (put("{", "{\"type\":\"A\","), json!("bad"), "type must be given once, not repeated"),
        (put("{", "{\"deep\":[1e400, \"\\ud800\"],\"id\":5,"), json!(null), "id must be a string"),
        ("[\"bad\", \"w\"]".into(), json!(null), "the run must be an object, not an array"),
    ] {
        let batch = format!("{{\"items\":[{bad},{good}]}}");
        let reply = world.send_text("POST", "/v1/executions/batch", KEY, batch).await;
        assert_eq!(reply.status, 200, "{bad}");
        let items = &reply.json()["items"];
        assert_eq!(items[0]["id"], id, "{bad}");
        assert_eq!(items[0]["outcome"], "REJECTED", "{bad}");
        let error = items[0]["error"]["error"].as_str().unwrap();
        assert!(error.starts_with(message), "{bad}: {error}");
        assert_ne!(items[1]["outcome"], "REJECTED", "{bad}");
        let alone = world.send_text("PUT", "/v1/executions/bad", KEY, bad.clone()).await;
        let error = error.replace("the run ", "body ");
        assert_eq!((alone.status.as_u16(), alone.error()), (400, error), "{bad}");
    }
    assert_eq!(world.get("/v1/executions/bad", KEY).await.status, 404);
}

#[tokio::test]
async fn the_documented_batch_gets_the_documented_response() {
    let world = World::new().await;
    let batch = serde_json::to_value(examples::record_executions()).unwrap();
    let reply = world.send_json("POST", "/v1/executions/batch", OTHER, &batch).await;
    assert_eq!(reply.json(), serde_json::to_value(examples::record_executions_response()).unwrap());
}

/// URL libraries remove `.` and `..` from a path, so that no client could read such a run.
#[tokio::test]
async fn dot_segments_are_refused_as_ids_but_stored_ones_are_still_listed() {
    let world = World::new().await;
    let message = "id must not be \".\" or \"..\": no URL can name it";
    for (id, path) in [(".", "/v1/executions/%2E"), ("..", "/v1/executions/%2e%2E")] {
        let reply = world.send_json("PUT", path, KEY, &run(id)).await;
        assert_eq!((reply.status.as_u16(), reply.error()), (400, message.to_owned()), "{id}");
        let batch = json!({ "items": [run(id), run("good")] });
        let reply = world.send_json("POST", "/v1/executions/batch", KEY, &batch).await.json();
        let (refused, good) = (&reply["items"][0], &reply["items"][1]);
        assert_eq!((&refused["id"], &refused["outcome"]), (&json!(id), &json!("REJECTED")));
        assert_eq!(refused["error"]["error"], message);
        assert_ne!(good["outcome"], "REJECTED", "{id}");
        assert_eq!(world.get(path, KEY).await.status, 404, "{id}");

        // Earlier versions recorded it.
        let stored = WorkflowRunDetail { id: id.into(), ..examples::execution() };
        world.store.record(world.tenant, vec![stored]).await.unwrap();
        assert_eq!(world.get(path, KEY).await.json(), run(id), "{id}");
    }
    let list = world.get("/v1/executions?limit=100", KEY).await.json();
    let ids: Vec<_> = list["items"].as_array().unwrap().iter().map(|run| &run["id"]).collect();
    assert!(ids.contains(&&json!(".")) && ids.contains(&&json!("..")), "{ids:?}");
}

#[tokio::test]
async fn batches_have_1_to_1000_runs() {
    let world = World::new().await;
    let most = MAX_BATCH_RUNS;
    for (count, status) in [(0, 400), (1, 200), (most, 200), (most + 1, 400)] {
        let items: Vec<_> = (0..count).map(|n| run(&n.to_string())).collect();
        let batch = json!({ "items": items });
        let reply = world.send_json("POST", "/v1/executions/batch", KEY, &batch).await;
        assert_eq!(reply.status, status, "{count}");
    }
}

#[tokio::test]
async fn a_key_is_limited_to_its_scopes() {
    let world = World::new().await;
    let body = run("new");
    let batch = json!({ "items": [body] });
    assert_eq!(world.get("/v1/executions", READER).await.status, 200);
    assert_eq!(world.get("/v1/executions", WRITER).await.status, 403);
    assert_eq!(world.get("/v1/executions/run_def456", WRITER).await.status, 403);
    assert_eq!(world.send_json("PUT", "/v1/executions/new", READER, &body).await.status, 403);
    assert_eq!(world.send_json("POST", "/v1/executions/batch", READER, &batch).await.status, 403);
    assert_eq!(world.get("/v1/executions/new", READER).await.status, 404);
    assert_eq!(world.send_json("PUT", "/v1/executions/new", WRITER, &body).await.status, 201);
    assert_eq!(world.send_json("PUT", "/v1/executions/new", REVOKED, &body).await.status, 401);
}

#[tokio::test]
async fn tenants_do_not_see_each_other() {
    let world = World::new().await;
    assert_eq!(world.get("/v1/executions/theirs", KEY).await.status, 404);
    let absent = world.get("/v1/executions/absent", KEY).await;
    assert_eq!(world.get("/v1/executions/theirs", KEY).await.body, absent.body);
    assert_eq!(world.get("/v1/executions/run_def456", OTHER).await.status, 404);
    assert_eq!(world.get("/v1/executions", OTHER).await.json()["total"], 1);
    let mut ours = run("theirs");
    ours["type"] = json!("TEST");
    assert_eq!(world.send_json("PUT", "/v1/executions/theirs", KEY, &ours).await.status, 201);
    assert_eq!(world.get("/v1/executions/theirs", OTHER).await.json(), run("theirs"));
}
