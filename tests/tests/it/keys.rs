//! Keys over HTTP: what they open, and from when until when.

use axum::body::Body;
use runledger_model::Timestamp;
use runledger_tests::world::{KEY, World};

const RUN: &str = "/v1/executions/run_def456";

#[tokio::test]
async fn a_key_is_revoked_at_once_and_no_other_with_it() {
    let world = World::new().await;
    let id = world.add_key("short lived", world.tenant, (true, true), None).await;
    assert_eq!(world.get(RUN, "short lived").await.status, 200);
    assert!(world.store.revoke_key(id).await.unwrap());
    assert_eq!(world.get(RUN, "short lived").await.status, 401);
    assert_eq!(world.get(RUN, KEY).await.status, 200);
}

#[tokio::test]
async fn a_new_key_works_at_once() {
    let world = World::new().await;
    assert_eq!(world.get(RUN, "new").await.status, 401);
    world.add_key("new", world.tenant, (true, false), None).await;
    assert_eq!(world.get(RUN, "new").await.status, 200);
}

#[tokio::test]
async fn a_key_works_until_it_expires() {
    let world = World::new().await;
    let now = Timestamp::now().millis();
    let hour = 60 * 60 * 1000;
    for (secret, expires_at, status) in
        [("still", now + hour, 200), ("just now", now, 401), ("long ago", now - hour, 401)]
    {
        let expires_at = Timestamp::from_millis(expires_at);
        assert!(expires_at.is_some());
        world.add_key(secret, world.tenant, (true, true), expires_at).await;
        assert_eq!(world.get(RUN, secret).await.status, status, "{secret}");
    }
}

#[tokio::test]
async fn a_key_without_scopes_opens_nothing() {
    let world = World::new().await;
    world.add_key("useless", world.tenant, (false, false), None).await;
    assert_eq!(world.get(RUN, "useless").await.status, 403);
    assert_eq!(world.send_text("PUT", RUN, "useless", "{}".into()).await.status, 403);
}

#[tokio::test]
async fn the_key_is_looked_at_before_anything_else() {
    let world = World::new().await;
    for (method, path, body) in [
        ("GET", "/v1/executions?page=0", ""),
        ("GET", "/v1/executions/%FF", ""),
        ("GET", "/v1/executions/absent", ""),
        ("PUT", RUN, "{"),
        ("PUT", "/v1/executions/%00", "{}"),
        ("POST", "/v1/executions/batch", "[]"),
    ] {
        let reply = world.send(method, path, &[], Body::from(body)).await;
        assert_eq!(reply.status, 401, "{method} {path}");
        assert_eq!(reply.error(), "Unauthorized: Invalid or expired API key");
    }
}

#[tokio::test]
async fn a_key_may_be_any_text_that_a_header_bears() {
    let world = World::new().await;
    for secret in ["a b", "Token x", "key:with=signs/+\"", "rl_0123456789ABCDEFGHIJKLMNOPQRSTUV"] {
        world.add_key(secret, world.tenant, (true, false), None).await;
        assert_eq!(world.get(RUN, secret).await.status, 200, "{secret}");
    }
}

#[tokio::test]
async fn every_response_has_a_request_id_of_its_own() {
    let world = World::new().await;
    let mut seen = std::collections::BTreeSet::new();
    for path in [RUN, RUN, "/nothing", "/healthz", "/v1/executions?page=0"] {
        let reply = world.get(path, KEY).await;
        assert!(seen.insert(reply.headers["x-request-id"].clone()), "{path}");
    }
    assert_eq!(seen.len(), 5);
}

#[tokio::test]
async fn a_clients_own_request_id_is_taken_where_it_is_a_short_word() {
    let world = World::new().await;
    let longest = "a".repeat(128);
    for id in ["job-7.retry:2", &longest] {
        let reply = world.send("GET", "/healthz", &[("x-request-id", id)], Body::empty()).await;
        assert_eq!(reply.headers["x-request-id"], id);
    }
    let too_long = "a".repeat(129);
    for id in ["", "two words", "é", "{\"a\":1}", &too_long] {
        let reply = world.send("GET", "/healthz", &[("x-request-id", id)], Body::empty()).await;
        assert_eq!(reply.headers["x-request-id"].len(), 36, "{id}");
    }
    let twice = [("x-request-id", "a"), ("x-request-id", "b")];
    let reply = world.send("GET", "/healthz", &twice, Body::empty()).await;
    let all: Vec<_> = reply.headers.get_all("x-request-id").iter().collect();
    assert_eq!((all.len(), all[0].len()), (1, 36));
}
