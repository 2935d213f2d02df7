//! Recording a run as it happens, and conditions, over HTTP.

use axum::body::Body;
use runledger_model::examples;
use runledger_tests::world::{KEY, OTHER, Reply, World};
use serde_json::{Value, json};

const RUN: &str = "/v1/executions/run_def456";
const NEW: &str = "/v1/executions/new";

async fn patch(world: &World, path: &str, body: Value) -> Reply {
    world.send_json("PATCH", path, KEY, &body).await
}

async fn send_if(world: &World, method: &str, condition: (&str, &str), body: &Value) -> u16 {
    let key = ("authorization", "Token your-api-key-here");
    let headers = [key, ("content-type", "application/json"), condition];
    let path = if body["id"] == "new" { NEW } else { RUN };
    world.send(method, path, &headers, Body::from(body.to_string())).await.status.as_u16()
}

#[tokio::test]
async fn a_run_is_recorded_as_it_happens() {
    let world = World::new().await;
    let begun = patch(&world, NEW, examples::begin_execution()).await;
    assert_eq!(begun.status, 201);
    assert_eq!(begun.json()["status"], "RUNNING");
    assert_eq!(begun.json().get("steps"), None);
    assert_eq!(patch(&world, NEW, examples::update_execution()).await.status, 200);
    let end = json!({ "status": "SUCCEEDED", "finished_at": "2025-01-04T12:00:20Z" });
    assert_eq!(patch(&world, NEW, end).await.status, 200);
    let late = patch(&world, NEW, examples::begin_execution()).await;
    assert_eq!((late.status.as_u16(), &late.json()["status"]), (200, &json!("SUCCEEDED")));
    let run = world.get(NEW, KEY).await.json();
    assert_eq!((&run["duration"], &run["step_count"]), (&json!(15.0), &json!(1)));
    assert_eq!(run["steps"][0]["duration"], 1.0);
    assert_eq!(world.send_json("PUT", NEW, KEY, &run).await.status, 200);
    assert_eq!(world.get(NEW, KEY).await.json(), run, "it can be sent back");
    let list = world.get("/v1/executions?limit=1", KEY).await.json();
    assert_eq!(list["total"], 251);
}

#[tokio::test]
async fn a_patch_of_a_recorded_run_changes_what_it_mentions() {
    let world = World::new().await;
    let mut run = world.get(RUN, KEY).await.json();
    let change = json!({ "url": "https://engine.example/1", "steps": [
        { "id": "step_exec_124", "error": "e" }] });
    assert_eq!(patch(&world, RUN, change).await.status, 200);
    run["url"] = json!("https://engine.example/1");
    run["steps"][1]["error"] = json!("e");
    assert_eq!(world.get(RUN, KEY).await.json(), run);
    let back = json!({ "url": null, "steps": [{ "id": "step_exec_124", "error": null }] });
    assert_eq!(patch(&world, RUN, back).await.status, 200);
    assert_eq!(world.get(RUN, KEY).await.json(), json!(examples::execution()));
    let theirs = world.send_json("PATCH", RUN, OTHER, &json!({ "status": "FAILED" })).await;
    assert_eq!(theirs.status, 422, "it does not exist for the other tenant");
}

#[tokio::test]
async fn a_change_with_a_stale_tag_is_refused() {
    let world = World::new().await;
    let run = world.get(RUN, KEY).await;
    let tag = run.headers["etag"].to_str().unwrap().to_owned();
    let (run, facts) = (run.json(), json!({ "triggered_by": "someone" }));
    let stale = ("if-match", "\"00\"");
    for (method, body) in [("PUT", &run), ("PATCH", &facts), ("DELETE", &facts)] {
        assert_eq!(send_if(&world, method, stale, body).await, 412, "{method}");
        let weak = format!("W/{tag}");
        assert_eq!(send_if(&world, method, ("if-match", &weak), body).await, 412, "{method}");
        assert_eq!(world.get(RUN, KEY).await.json(), run);
    }
    assert_eq!(send_if(&world, "PATCH", ("if-match", &tag), &facts).await, 200);
    assert_eq!(send_if(&world, "PATCH", ("if-match", &tag), &facts).await, 412, "it has changed");
    assert_eq!(send_if(&world, "PUT", ("if-match", "*"), &run).await, 200);
    let both = format!("\"00\", {tag}");
    assert_eq!(send_if(&world, "DELETE", ("if-match", &both), &facts).await, 204);
    for method in ["PUT", "PATCH", "DELETE"] {
        assert_eq!(send_if(&world, method, ("if-match", "*"), &run).await, 412, "{method}");
    }
}

#[tokio::test]
async fn if_none_match_only_creates() {
    let world = World::new().await;
    let run = world.get(RUN, KEY).await.json();
    let mut new = run.clone();
    new["id"] = json!("new");
    let only_new = ("if-none-match", "*");
    assert_eq!(send_if(&world, "PUT", only_new, &run).await, 412);
    assert_eq!(send_if(&world, "PATCH", only_new, &run).await, 412);
    assert_eq!(send_if(&world, "PUT", only_new, &new).await, 201);
    assert_eq!(send_if(&world, "PUT", only_new, &new).await, 412);
    assert_eq!(world.get(NEW, KEY).await.json(), new);
}

#[tokio::test]
async fn an_empty_condition_is_none() {
    let world = World::new().await;
    let run = world.get(RUN, KEY).await.json();
    for name in ["if-match", "if-none-match"] {
        assert_eq!(send_if(&world, "PUT", (name, ""), &run).await, 200, "{name}");
    }
}

#[tokio::test]
async fn of_concurrent_changes_with_one_tag_one_succeeds() {
    let world = World::new().await;
    let tag = world.get(RUN, KEY).await.headers["etag"].to_str().unwrap().to_owned();
    let bodies: Vec<_> = (0..20).map(|n| json!({ "triggered_by": n.to_string() })).collect();
    let sent = bodies.iter().map(|body| send_if(&world, "PATCH", ("if-match", &tag), body));
    let mut statuses = futures_util::future::join_all(sent).await;
    statuses.sort_unstable();
    assert_eq!((statuses[0], statuses[1..].iter().all(|status| *status == 412)), (200, true));
}

/// The `ETag` of a response.
fn tag(reply: &Reply) -> Option<String> {
    reply.headers.get("etag").map(|tag| tag.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn changes_have_the_tag_that_the_run_then_has() {
    let world = World::new().await;
    let run = world.get(RUN, KEY).await;
    let recorded = world.send_json("PUT", RUN, KEY, &run.json()).await;
    assert_eq!(tag(&recorded), tag(&run));
    for body in [json!({}), json!({ "triggered_by": "a" }), json!({ "attempt": 2 })] {
        let patched = patch(&world, RUN, body.clone()).await;
        assert_eq!(tag(&patched), tag(&world.get(RUN, KEY).await), "{body}");
        assert!(tag(&patched).is_some());
    }
    // An earlier attempt: the tag and the condition are those of that attempt.
    let earlier = format!("{RUN}?attempt=1");
    let first = tag(&world.get(&earlier, KEY).await).unwrap();
    let body = json!({ "attempt": 1, "triggered_by": "b" });
    assert_eq!(send_if(&world, "PATCH", ("if-match", &first), &body).await, 200);
    assert_eq!(send_if(&world, "PATCH", ("if-match", &first), &body).await, 412);
    let mut whole = world.get(&earlier, KEY).await;
    for method in ["PATCH", "PUT"] {
        let mut body = if method == "PUT" { whole.json() } else { json!({}) };
        body["attempt"] = json!(1);
        body["url"] = json!(format!("https://e/{method}"));
        let given = tag(&whole).unwrap();
        assert_eq!(send_if(&world, method, ("if-match", &given), &body).await, 200, "{method}");
        whole = world.get(&earlier, KEY).await;
        assert_ne!(tag(&whole), Some(given));
    }
    // Of many steps, only if there is a condition.
    let steps: Vec<_> = (0..200).map(|n| json!({ "id": n.to_string() })).collect();
    let body = json!({ "workflow_id": "w", "steps": steps });
    patch(&world, NEW, body).await;
    let added = json!({ "steps": [{ "id": "last" }] });
    assert_eq!(tag(&patch(&world, NEW, added.clone()).await), None);
    let headers = [
        ("authorization", "Token your-api-key-here"),
        ("content-type", "application/json"),
        ("if-match", "*"),
    ];
    let reply = world.send("PATCH", NEW, &headers, Body::from(added.to_string())).await;
    assert_eq!(tag(&reply), tag(&world.get(NEW, KEY).await));
}
