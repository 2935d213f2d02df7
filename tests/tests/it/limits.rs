//! Limits: encodings, sizes, rates, budgets, timeouts, origins, readiness.

use std::{convert::Infallible, io::Write, num::NonZeroU32, time::Duration};

use axum::{
    body::Body,
    http::{HeaderValue, Request},
};
use flate2::{Compression, write::GzEncoder};
use futures_util::StreamExt;
use runledger_server::Settings;
use runledger_tests::world::{KEY, READER, World};
use serde_json::json;
use tower::ServiceExt;

const RUN: &str = "/v1/executions/run_def456";
const AUTHORIZATION: (&str, &str) = ("authorization", "Token your-api-key-here");
const JSON: (&str, &str) = ("content-type", "application/json");

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

async fn put(world: &World, encoding: &str, body: Vec<u8>) -> u16 {
    let headers = [AUTHORIZATION, JSON, ("content-encoding", encoding)];
    world.send("PUT", RUN, &headers, Body::from(body)).await.status.as_u16()
}

#[tokio::test]
async fn bodies_may_be_compressed() {
    let world = World::new().await;
    let run = world.get(RUN, KEY).await.body;
    assert_eq!(put(&world, "gzip", gzip(&run)).await, 200);
    assert_eq!(put(&world, "zstd", zstd::encode_all(&run[..], 0).unwrap()).await, 200);
    assert_eq!(put(&world, "GZIP", gzip(&run)).await, 200, "names of codings are case-insensitive");
    assert_eq!(put(&world, "identity", run.clone()).await, 200, "no encoding");
    assert_eq!(put(&world, "gzip", run.clone()).await, 400, "not what it says it is");
    let truncated = gzip(&run);
    let headers = [AUTHORIZATION, JSON, ("content-encoding", "gzip")];
    let torn = Body::from(truncated[..truncated.len() / 2].to_vec());
    let reply = world.send("PUT", RUN, &headers, torn).await;
    assert_eq!(reply.status, 400);
    assert_eq!(reply.error(), "body must be complete, and encoded as Content-Encoding says");
    for unknown in ["br", "compress", "gzip, gzip", "identity, x", "é"] {
        assert_eq!(put(&world, unknown, run.clone()).await, 415, "{unknown}");
    }
    for codings in [["gzip", "br"], ["br", "gzip"], ["gzip", "gzip"], ["identity", "identity"]] {
        let [first, second] = codings.map(|coding| ("content-encoding", coding));
        let body = Body::from(gzip(&run));
        let reply = world.send("PUT", RUN, &[AUTHORIZATION, JSON, first, second], body).await;
        assert_eq!(reply.status, 415, "{codings:?}");
    }
    assert_eq!(world.get(RUN, KEY).await.body, run);
}

#[tokio::test]
async fn a_decompression_bomb_is_refused() {
    let world = World::new().await;
    let bomb = gzip(&vec![b' '; 4 * Settings::default().max_body_bytes]);
    assert!(bomb.len() < Settings::default().max_body_bytes / 100);
    assert_eq!(put(&world, "gzip", bomb).await, 413);
}

#[tokio::test]
async fn responses_are_compressed_as_accept_encoding_asks() {
    let world = World::new().await;
    let plain = world.get("/v1/executions", KEY).await;
    // Many clients that accept any encoding do not know zstd.
    for encoding in ["gzip", "*"] {
        let headers = [AUTHORIZATION, ("accept-encoding", encoding)];
        let reply = world.send_encoded("GET", "/v1/executions", &headers, Body::empty()).await;
        assert_eq!(reply.headers["content-encoding"], "gzip");
        let mut text = Vec::new();
        std::io::copy(&mut flate2::read::GzDecoder::new(&reply.body[..]), &mut text).unwrap();
        assert_eq!(text, plain.body);
    }
}

#[tokio::test]
async fn a_client_that_accepts_no_encoding_gets_none() {
    let world = World::new().await;
    let run = world.get(RUN, KEY).await;
    for nothing in ["identity;q=0", "*;q=0", "identity;q=0, x"] {
        let headers = [AUTHORIZATION, JSON, ("accept-encoding", nothing)];
        let reply = world.send("PUT", RUN, &headers, Body::from(run.body.clone())).await;
        assert_eq!((reply.status, &reply.body), (run.status, &run.body), "{nothing}");
        let reply = world.send("GET", "/v1/executions?page=0", &headers, Body::empty()).await;
        assert_eq!(reply.status, 400, "{nothing}");
    }
}

#[tokio::test]
async fn rates_are_limited_per_key() {
    let settings = Settings { rate_limit: NonZeroU32::new(1), ..Settings::default() };
    let world = World::with(&settings).await;
    assert_eq!(world.get(RUN, KEY).await.status, 200);
    let reply = world.get(RUN, KEY).await;
    assert_eq!(reply.status, 429);
    assert_eq!(reply.headers["retry-after"], "1");
    assert_eq!(world.get(RUN, READER).await.status, 200);
    assert_eq!(world.get(RUN, "unknown").await.status, 401);
}

#[tokio::test]
async fn too_many_concurrent_requests_are_refused_at_once() {
    let settings = Settings { max_concurrent_requests: 0, ..Settings::default() };
    let reply = World::with(&settings).await.get(RUN, KEY).await;
    assert_eq!(reply.status, 503);
    assert_eq!(reply.headers["retry-after"], "1");
    assert!(reply.error().starts_with("The server has too much to do"), "{}", reply.error());
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_a_503() {
    let settings = Settings { request_timeout: Duration::from_millis(500), ..Settings::default() };
    let run = World::new().await.get(RUN, KEY).await.body;
    let world = World::with(&settings).await;
    let elsewhere = rusqlite::Connection::open(world.file()).unwrap();
    elsewhere.execute_batch("BEGIN IMMEDIATE").unwrap();
    let reply = world.send("PUT", RUN, &[AUTHORIZATION, JSON], Body::from(run)).await;
    assert_eq!(reply.status, 503);
    assert_eq!(reply.headers["retry-after"], "1");
    assert!(reply.error().starts_with("The request took too long"), "{}", reply.error());
    assert_eq!(world.get(RUN, KEY).await.status, 200, "reads go on");
}

#[tokio::test]
async fn a_body_that_takes_too_long_is_a_408() {
    let settings = Settings { request_timeout: Duration::from_millis(50), ..Settings::default() };
    let world = World::with(&settings).await;
    // It never pauses, and never ends.
    let blanks = futures_util::stream::repeat_with(|| Ok::<_, Infallible>(vec![b' ']));
    let slowly = blanks.then(|blank| async {
        tokio::task::yield_now().await;
        blank
    });
    let reply = world.send("PUT", RUN, &[AUTHORIZATION, JSON], Body::from_stream(slowly)).await;
    assert_eq!(reply.status, 408);
}

#[tokio::test]
async fn bodies_share_a_budget() {
    let settings = Settings { max_buffered_body_bytes: 100, ..Settings::default() };
    let world = World::with(&settings).await;
    let run = world.get(RUN, KEY).await;
    let reply = world.send("PUT", RUN, &[AUTHORIZATION, JSON], Body::from(run.body)).await;
    assert_eq!(reply.status, 503);
    assert!(reply.error().starts_with("The server has too many bodies"), "{}", reply.error());
    let small = world.send("PUT", RUN, &[AUTHORIZATION, JSON], Body::from("{}")).await;
    assert_eq!(small.status, 400, "the budget is released");
}

#[tokio::test]
async fn a_recorded_run_can_be_recorded_again() {
    let settings = Settings { max_body_bytes: 4000, ..Settings::default() };
    let world = World::with(&settings).await;
    let run = |steps: usize| {
        let step = |n| json!({ "id": n, "step_name": "s", "status": "PENDING" });
        let steps: Vec<_> = (0..steps).map(|n| step(n.to_string())).collect();
        json!({ "workflow_id": "w", "status": "PENDING", "steps": steps })
    };
    let (mut taken, mut refused) = (0, 0);
    for steps in 0..40 {
        let (path, mut body) = (format!("/v1/executions/of{steps}"), run(steps));
        let sent = world.send_json("PUT", &path, KEY, &body).await;
        body["id"] = json!(format!("of{steps}"));
        let batch = json!({ "items": [body] });
        let batch = world.send_json("POST", "/v1/executions/batch", KEY, &batch).await;
        if sent.status == 201 {
            taken += 1;
            let back = world.get(&path, KEY).await.body;
            let back = world.send("PUT", &path, &[AUTHORIZATION, JSON], Body::from(back)).await;
            assert_eq!(back.status, 200, "{steps}");
        } else {
            refused += 1;
            assert_eq!(sent.status, 413, "{steps}");
            let rejected = batch.status == 413 || batch.json()["items"][0]["outcome"] == "REJECTED";
            assert!(rejected, "{steps}: {:?}", batch.status);
        }
    }
    assert!(taken > 10 && refused > 10, "{taken} taken, {refused} refused");
}

#[tokio::test]
async fn large_responses_share_a_budget() {
    let settings = Settings {
        max_buffered_response_bytes: 200_000,
        max_body_bytes: 150_000,
        ..Settings::default()
    };
    let world = World::with(&settings).await;
    let mut run = world.get(RUN, KEY).await.json();
    run["id"] = json!("large");
    run["steps"][0]["error"] = json!("x".repeat(60_000));
    run["steps"][1]["error"] = json!("x".repeat(60_000));
    let large = "/v1/executions/large";
    assert_eq!(world.send_json("PUT", large, KEY, &run).await.status, 201);
    let ask = || {
        let request = Request::get(large).header(AUTHORIZATION.0, AUTHORIZATION.1);
        world.router().oneshot(request.body(Body::empty()).unwrap())
    };
    // Its body is not read yet.
    let slow = ask().await.unwrap();
    assert_eq!(slow.status(), 200);
    let reply = world.get(large, KEY).await;
    assert_eq!(
        (reply.status.as_u16(), &reply.headers["retry-after"]),
        (503, &"1".parse().unwrap())
    );
    assert!(
        reply.error().starts_with("The server has too many large responses"),
        "{}",
        reply.error()
    );
    assert_eq!(world.get(RUN, KEY).await.status, 200, "a small response needs no budget");
    drop(slow);
    assert_eq!(world.get(large, KEY).await.json(), run, "the budget was released");
    assert_eq!(world.get(large, KEY).await.status, 200);
}

#[tokio::test]
async fn pages_of_allowed_origins_may_call_the_api() {
    let ours = "https://console.example.com";
    let cors_origins = vec![HeaderValue::from_static(ours)];
    let world = World::with(&Settings { cors_origins, ..Settings::default() }).await;
    let ask = |origin: &'static str| {
        let asked = ("access-control-request-method", "PUT");
        let headers = ("access-control-request-headers", "authorization,content-type");
        [("origin", origin), asked, headers]
    };
    let reply = world.send("OPTIONS", RUN, &ask(ours), Body::empty()).await;
    assert_eq!(reply.headers["access-control-allow-origin"], ours);
    assert!(reply.headers["access-control-allow-methods"].to_str().unwrap().contains("PUT"));
    let reply = world.send("OPTIONS", RUN, &ask("https://evil.example.com"), Body::empty()).await;
    assert!(!reply.headers.contains_key("access-control-allow-origin"));
    let world = World::new().await;
    let reply = world.send("GET", RUN, &[AUTHORIZATION, ("origin", ours)], Body::empty()).await;
    assert!(!reply.headers.contains_key("access-control-allow-origin"), "no origin by default");
}

#[tokio::test]
async fn pages_load_nothing_from_other_origins() {
    let world = World::new().await;
    for path in ["/docs/", "/docs/swagger-ui.css", "/docs/swagger-initializer.js"] {
        let headers = world.get(path, KEY).await.headers;
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
    }
}

#[tokio::test]
async fn readiness_depends_on_the_database() {
    let world = World::new().await;
    assert_eq!(world.get("/readyz", "none").await.json()["status"], "ready");
    let elsewhere = world.file().with_extension("moved");
    std::fs::rename(world.file(), &elsewhere).unwrap();
    assert_eq!(world.get("/readyz", "none").await.status, 503);
    assert_eq!(world.get("/healthz", "none").await.status, 200, "alive even so");
    std::fs::rename(elsewhere, world.file()).unwrap();
    assert_eq!(world.get("/readyz", "none").await.status, 200);
}
