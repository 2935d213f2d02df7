//! Deleting a run over HTTP.

use axum::{body::Body, http::StatusCode};
use runledger_tests::world::{KEY, OTHER, READER, World};

const RUN: &str = "/v1/executions/run_def456";

async fn delete(world: &World, path: &str, key: &str) -> StatusCode {
    let authorization = format!("Token {key}");
    let reply =
        world.send("DELETE", path, &[("authorization", &authorization)], Body::empty()).await;
    reply.status
}

async fn total(world: &World, key: &str) -> i64 {
    world.get("/v1/executions", key).await.json()["total"].as_i64().unwrap()
}

#[tokio::test]
async fn a_deleted_run_is_gone_and_a_second_deletion_succeeds() {
    let world = World::new().await;
    let run = world.get(RUN, KEY).await.json();
    let (before, other) = (total(&world, KEY).await, total(&world, OTHER).await);
    for _ in 0..2 {
        assert_eq!(delete(&world, RUN, KEY).await, 204);
        assert_eq!(world.get(RUN, KEY).await.status, 404);
        assert_eq!(total(&world, KEY).await, before - 1);
    }
    assert_eq!(total(&world, OTHER).await, other, "the other tenant keeps its runs");
    assert_eq!(world.send_json("PUT", RUN, KEY, &run).await.status, 201);
    assert_eq!(world.get(RUN, KEY).await.json(), run);
}

#[tokio::test]
async fn a_run_of_another_tenant_cannot_be_deleted() {
    let world = World::new().await;
    let run = world.get(RUN, KEY).await.json();
    assert_eq!(delete(&world, RUN, OTHER).await, 204, "it does not exist for this tenant");
    assert_eq!(world.get(RUN, KEY).await.json(), run);
}

#[tokio::test]
async fn a_deletion_requires_a_key_that_may_write() {
    let world = World::new().await;
    for (key, status) in [("unknown", 401), (READER, 403)] {
        assert_eq!(delete(&world, RUN, key).await, status, "{key}");
    }
    assert_eq!(delete(&world, "/v1/executions/%FF", KEY).await, 400);
    assert_eq!(delete(&world, "/v1/executions/run_def456?force=1", KEY).await, 400);
    assert_eq!(world.get(RUN, KEY).await.status, 200);
}

#[tokio::test]
async fn a_run_called_batch_can_be_deleted() {
    let world = World::new().await;
    let mut run = world.get(RUN, KEY).await.json();
    run["id"] = "batch".into();
    let path = "/v1/executions/batch";
    assert_eq!(world.send_json("PUT", path, KEY, &run).await.status, 201);
    assert_eq!(delete(&world, path, KEY).await, 204);
    assert_eq!(world.get(path, KEY).await.status, 404);
}
