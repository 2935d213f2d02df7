//! What one client may ask of the server, and what the others notice of it.

use std::{io::Write, num::NonZeroU32};

use axum::{body::Body, http::HeaderValue};
use flate2::{Compression, write::GzEncoder};
use runledger_server::Settings;
use runledger_tests::world::{KEY, READER, World};

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
    assert_eq!(put(&world, "gzip", run.clone()).await, 400, "not what it says it is");
    let truncated = gzip(&run);
    assert_eq!(put(&world, "gzip", truncated[..truncated.len() / 2].to_vec()).await, 400);
    for unknown in ["br", "compress", "gzip, gzip", "identity, x", "é"] {
        assert_eq!(put(&world, unknown, run.clone()).await, 415, "{unknown}");
    }
    assert_eq!(world.get(RUN, KEY).await.body, run);
}

#[tokio::test]
async fn a_bomb_is_too_large_as_soon_as_it_is() {
    let world = World::new().await;
    let bomb = gzip(&vec![b' '; 4 * Settings::default().body_limit]);
    assert!(bomb.len() < Settings::default().body_limit / 100);
    assert_eq!(put(&world, "gzip", bomb).await, 413);
}

#[tokio::test]
async fn answers_are_compressed_for_who_can_read_that() {
    let world = World::new().await;
    let plain = world.get("/v1/executions", KEY).await;
    let headers = [AUTHORIZATION, ("accept-encoding", "gzip")];
    let reply = world.send_encoded("GET", "/v1/executions", &headers, Body::empty()).await;
    assert_eq!(reply.headers["content-encoding"], "gzip");
    let mut text = Vec::new();
    std::io::copy(&mut flate2::read::GzDecoder::new(&reply.body[..]), &mut text).unwrap();
    assert_eq!(text, plain.body);
}

#[tokio::test]
async fn who_takes_no_encoding_at_all_is_answered_plainly() {
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
async fn a_key_gets_its_share_and_the_others_theirs() {
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
async fn too_many_requests_at_a_time_are_turned_away_at_once() {
    let settings = Settings { requests_at_a_time: 0, ..Settings::default() };
    let reply = World::with(&settings).await.get(RUN, KEY).await;
    assert_eq!(reply.status, 503);
    assert_eq!(reply.headers["retry-after"], "1");
    assert!(reply.error().starts_with("The server has too much to do"), "{}", reply.error());
}

#[tokio::test]
async fn pages_of_the_named_origins_may_call_the_api() {
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
async fn pages_may_load_nothing_from_elsewhere() {
    let world = World::new().await;
    for path in ["/docs/", "/docs/swagger-ui.css", "/docs/swagger-initializer.js"] {
        let headers = world.get(path, KEY).await.headers;
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
    }
}

#[tokio::test]
async fn ready_is_who_can_read_and_write() {
    let world = World::new().await;
    assert_eq!(world.get("/readyz", "none").await.json()["status"], "ready");
    let elsewhere = world.file().with_extension("moved");
    std::fs::rename(world.file(), &elsewhere).unwrap();
    assert_eq!(world.get("/readyz", "none").await.status, 503);
    assert_eq!(world.get("/healthz", "none").await.status, 200, "alive even so");
    std::fs::rename(elsewhere, world.file()).unwrap();
    assert_eq!(world.get("/readyz", "none").await.status, 200);
}
