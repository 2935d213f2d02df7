//! A client that reads the stream of changes too slowly.

use std::{sync::Arc, time::Duration};

use axum::{body::Body, http::Request};
use runledger_model::{WorkflowRunDetail, examples};
use runledger_server::Settings;
use runledger_store::{KeyStore, NewApiKey, RunStore, memory::MemoryStore};
use runledger_tests::events::EventReader;
use tower::ServiceExt;

const RUNS: i64 = 1000;

/// The clock is paused: it jumps to the next timer when all tasks wait.
#[tokio::test(start_paused = true)]
async fn a_slow_client_is_cut_off_and_resumes() {
    let store = Arc::new(MemoryStore::default());
    let tenant = store.find_or_create_tenant("one").await.unwrap();
    store.create_key(NewApiKey::of("key", tenant)).await.unwrap();
    let run = |n: i64| WorkflowRunDetail { id: n.to_string(), ..examples::execution() };
    store.record(tenant, (1..=RUNS).map(run).collect()).await.unwrap();
    let router = runledger_server::router(store, &Settings::default());
    let (mut received, mut streams) = (Vec::new(), 0);
    while received.len() < RUNS as usize {
        let after = received.last().copied().unwrap_or(0).to_string();
        let request = Request::get("/v1/events").header("authorization", "Token key");
        let request = request.header("last-event-id", after).body(Body::empty()).unwrap();
        let body = router.clone().oneshot(request).await.unwrap().into_body();
        tokio::time::sleep(Duration::from_secs(60)).await;
        let mut reader = EventReader::new(body);
        while let Some(change) = reader.next_change().await.unwrap() {
            received.push(change.number);
            if received.len() == RUNS as usize {
                break;
            }
        }
        streams += 1;
    }
    assert_eq!(received, (1..=RUNS).collect::<Vec<_>>());
    assert!((30..100).contains(&streams), "{streams}: some events wait for a client, but not all");
}
