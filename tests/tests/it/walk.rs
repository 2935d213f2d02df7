//! Walks by cursor: over HTTP while runs are recorded, and the Rust client's stream on servers that
//! know no cursor.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

use axum::{
    Json,
    extract::Request,
    http::StatusCode,
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use futures_util::TryStreamExt;
use runledger_client::{
    Client,
    types::{WorkflowRunBatch, WorkflowRunMetadata, WorkflowRunStatusFilter},
};
use runledger_model::{ErrorResponse, Timestamp, WorkflowRunDetail, WorkflowRunStatus, examples};
use runledger_tests::{
    server::Server,
    world::{KEY, World},
};

/// The number of runs that are there from the beginning. Every second one finishes meanwhile.
const BEFORE: usize = 1000;
const RECORDERS: usize = 8;
const BATCH: usize = 10;
/// The number of recordings during the walks.
const RECORDINGS: usize = 10_000;

fn client(server: &Server) -> Client {
    Client::connect(&format!("http://{}", server.address), KEY).unwrap()
}

/// A run that was created this many seconds after 2025-03-01T00:00:00Z.
fn run(id: String, second: usize, status: WorkflowRunStatus) -> WorkflowRunDetail {
    let start: Timestamp = "2025-03-01T00:00:00Z".parse().unwrap();
    let created_at = Timestamp::from_millis(start.millis() + second as i64 * 1000).unwrap();
    WorkflowRunDetail {
        id,
        workflow_id: "walk".into(),
        status,
        created_at,
        started_at: None,
        finished_at: None,
        ..examples::execution()
    }
}

fn name(number: usize) -> String {
    format!("before-{number:04}")
}

/// The recording with this number: every tenth one finishes a run, the others are new ones between,
/// above and below the earlier ones.
fn recording(number: usize) -> WorkflowRunDetail {
    match number % 10 {
        0 => {
            let finished = number / 10 % (BEFORE / 2) * 2;
            run(name(finished), finished * 60, WorkflowRunStatus::Succeeded)
        }
        _ => {
            let second = number * 7919 % (BEFORE * 70);
            run(format!("new-{number}"), second, WorkflowRunStatus::Running)
        }
    }
}

/// One walk in pages of 50: all ids, after a check of their order.
async fn walk(client: &Client, status: WorkflowRunStatusFilter) -> Vec<String> {
    let mut runs: Vec<WorkflowRunMetadata> = Vec::new();
    let mut cursor = Some(String::new());
    while let Some(at) = cursor {
        let list = client.list_executions().workflow_id("walk").status(status);
        let page = list.limit(50).cursor(at).send().await.unwrap().into_inner();
        runs.extend(page.items);
        cursor = page.next_cursor;
    }
    let keys: Vec<_> = runs.iter().map(|run| (run.created_at, run.id.as_str())).collect();
    assert!(keys.is_sorted_by(|a, b| a > b), "newest first, and no run is repeated");
    runs.into_iter().map(|run| run.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_during_ten_thousand_recordings_misses_and_repeats_nothing() {
    let world = World::new().await;
    let before = (0..BEFORE).map(|n| run(name(n), n * 60, WorkflowRunStatus::Running)).collect();
    world.store.record(world.tenant, before).await.unwrap();
    let server = Server::start(world.router()).await;
    let recorded = Arc::new(AtomicUsize::new(0));
    let recorders = (0..RECORDERS).map(|recorder| {
        let (client, recorded) = (client(&server), Arc::clone(&recorded));
        tokio::spawn(async move {
            let own: Vec<_> = (recorder..RECORDINGS).step_by(RECORDERS).collect();
            for numbers in own.chunks(BATCH) {
                let items = numbers.iter().map(|&number| {
                    let run = serde_json::to_value(recording(number)).unwrap();
                    serde_json::from_value(run).unwrap()
                });
                let batch = WorkflowRunBatch { items: items.collect() };
                let results = client.record_executions().body(batch).send().await.unwrap();
                assert!(results.items.iter().all(|result| result.error.is_none()), "{results:?}");
                recorded.fetch_add(numbers.len(), SeqCst);
            }
        })
    });
    let recorders: Vec<_> = recorders.collect();
    let client = client(&server);
    let all: BTreeSet<_> = (0..BEFORE).map(name).collect();
    let running: BTreeSet<_> = (0..BEFORE).filter(|n| n % 2 == 1).map(name).collect();
    let mut overlapping = 0;
    while recorded.load(SeqCst) < RECORDINGS {
        // A recorder that failed would never let this loop end.
        assert!(!recorders.iter().all(|recorder| recorder.is_finished()) || overlapping > 0);
        for (status, stayed) in
            [(WorkflowRunStatusFilter::All, &all), (WorkflowRunStatusFilter::Running, &running)]
        {
            let earlier = recorded.load(SeqCst);
            let listed: BTreeSet<_> = walk(&client, status).await.into_iter().collect();
            let missing: Vec<_> = stayed.difference(&listed).collect();
            assert!(missing.is_empty(), "{status}: {missing:?}");
            overlapping += usize::from(recorded.load(SeqCst) > earlier);
        }
    }
    for recorder in recorders {
        recorder.await.unwrap();
    }
    assert!(overlapping > 0, "no walk took place during a recording");
}

#[derive(Clone, Copy)]
enum Older {
    /// The server refuses unknown parameters.
    Refuses,
    /// The server ignores unknown parameters.
    Ignores,
}

/// A server that does not know `cursor`.
async fn older(world: &World, older: Older) -> Server {
    let layer = from_fn(move |request: Request, next: Next| without_cursor(older, request, next));
    Server::start(world.router().layer(layer)).await
}

async fn without_cursor(older: Older, mut request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let (unknown, known): (Vec<_>, Vec<_>) =
        query.split('&').partition(|parameter| parameter.starts_with("cursor="));
    match older {
        Older::Refuses if !unknown.is_empty() => {
            let error = "cursor is not a parameter; the parameters are page, limit".into();
            let code = Some("VALIDATION_ERROR".into());
            let body = ErrorResponse { error, code, details: None };
            (StatusCode::BAD_REQUEST, Json(body)).into_response()
        }
        Older::Refuses | Older::Ignores => {
            let uri = format!("{}?{}", request.uri().path(), known.join("&"));
            *request.uri_mut() = uri.parse().unwrap();
            next.run(request).await
        }
    }
}

#[tokio::test]
async fn the_stream_reads_pages_where_the_server_knows_no_cursor() {
    let world = World::new().await;
    let server = Server::start(world.router()).await;
    let ids = async |server: &Server, workflow: &str| -> Vec<String> {
        let client = client(server);
        let runs = client.list_executions().workflow_id(workflow).stream();
        runs.map_ok(|run| run.id).try_collect().await.unwrap()
    };
    let expected = ids(&server, "workflow_abc123").await;
    assert_eq!(expected.len(), 250);
    for kind in [Older::Refuses, Older::Ignores] {
        let older = older(&world, kind).await;
        assert_eq!(ids(&older, "workflow_abc123").await, expected);
        assert!(ids(&older, "never ran").await.is_empty());
    }
}
