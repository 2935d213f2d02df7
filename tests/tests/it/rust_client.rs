//! The Rust client against the live server, and against one that fails in the ways in which servers
//! and lines fail.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    body::Body,
    extract::State,
    http::{StatusCode, Uri, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use proptest::prelude::*;
use runledger_client::{
    AccessError, Client, Error, Retry,
    types::{
        RecordOutcome, WorkflowRunBatch, WorkflowRunInput, WorkflowRunStatus,
        WorkflowRunStatusFilter,
    },
};
use runledger_model::examples;
use runledger_tests::{
    server::Server,
    world::{KEY, World},
};
use serde_json::{Value, json};

/// Sends again at once, so that no test waits.
const IMPATIENT: Retry =
    Retry { max_attempts: 4, first_pause: Duration::ZERO, max_pause: Duration::ZERO };

async fn world() -> (World, Server, Client) {
    let world = World::new().await;
    let server = Server::start(world.router()).await;
    let client = Client::connect(&format!("http://{}/", server.address), KEY).unwrap();
    (world, server, client)
}

#[tokio::test]
async fn it_reads_the_documented_responses() {
    let (_world, _server, client) = world().await;
    let run = client.get_execution().id("run_def456").send().await.unwrap().into_inner();
    let documented = serde_json::to_value(examples::execution()).unwrap();
    assert_eq!(sorted(serde_json::to_value(&run).unwrap()), sorted(documented));

    let list =
        client.list_executions().status(WorkflowRunStatusFilter::Failed).send().await.unwrap();
    assert_eq!((list.total, list.succeeded, list.failed), (30, 0, 30));
    assert!(list.items.iter().all(|run| run.status == WorkflowRunStatus::Failed));
}

#[tokio::test]
async fn a_run_that_it_read_can_be_recorded_again() {
    let (_world, _server, client) = world().await;
    let runs: Vec<_> = client.list_executions().stream().try_collect().await.unwrap();
    for run in runs.iter().take(30) {
        let run = client.get_execution().id(run.id.as_str()).send().await.unwrap().into_inner();
        let input = WorkflowRunInput::try_from(run.clone()).unwrap();
        let put = client.record_execution().id(run.id.as_str()).body(input).send().await.unwrap();
        assert_eq!(put.status(), StatusCode::OK);
        assert_eq!(put.into_inner(), run);
    }
}

#[tokio::test]
async fn it_deletes_a_run_and_lists_and_follows_changes() {
    let (world, _server, client) = world().await;
    let last = world.store.last_change(world.tenant).await.unwrap().cast_signed();
    let mut events = client.stream_changes().send().await.unwrap().into_inner();
    client.delete_execution().id("run_def456").send().await.unwrap();
    let changes = client.list_changes().after(last).send().await.unwrap();
    assert_eq!((changes.items.len(), changes.next_after), (1, last + 1));
    let expected = format!(
        "id: {last}\nretry: 2000\n\nid: {0}\nevent: change\ndata: {1}\n\n",
        last + 1,
        json!({ "number": last + 1, "id": "run_def456", "deleted": true }),
    );
    let mut received = Vec::new();
    while received.len() < expected.len() {
        received.extend(events.next().await.unwrap().unwrap());
    }
    assert_eq!(String::from_utf8(received).unwrap(), expected);
}

#[tokio::test]
async fn a_stream_has_every_run_once_and_newest_first_however_many_come_meanwhile() {
    let (_world, server, client) = world().await;
    let list = || client.list_executions().workflow_id("workflow_abc123");
    let before: Vec<_> = list().stream().try_collect().await.unwrap();
    assert_eq!(before.len(), 250);
    let place =
        |run: &runledger_client::types::WorkflowRunMetadata| (run.created_at, run.id.clone());
    assert!(before.iter().map(place).is_sorted_by(|a, b| a > b));

    let recorder = Client::connect(&format!("http://{}", server.address), KEY).unwrap();
    let mut seen = Vec::new();
    let mut runs = std::pin::pin!(list().stream());
    while let Some(run) = runs.next().await {
        if seen.len() % 50 == 0 {
            let input = json!({
                "workflow_id": "workflow_abc123", "version_id": "v", "version_display_name": "V",
                "type": "TEST", "status": "PENDING", "created_at": "2026-01-01T00:00:00Z",
            });
            let input: WorkflowRunInput = serde_json::from_value(input).unwrap();
            let id = format!("meanwhile {}", seen.len());
            recorder.record_execution().id(&*id).body(input).send().await.unwrap();
        }
        seen.push(run.unwrap());
    }
    assert_eq!(seen, before);
    let failed = list().status(WorkflowRunStatusFilter::Failed);
    let runs: Vec<_> = failed.clone().limit(3).cursor("x").stream().try_collect().await.unwrap();
    assert_eq!(runs.len(), 30, "limit and cursor do not count");
    let paged: Vec<_> = failed.page(9).stream().collect().await;
    let [Err(Error::ErrorResponse(refused))] = &*paged else { panic!("{paged:?}") };
    assert_eq!(refused.error, "page cannot be combined with cursor");
}

#[tokio::test]
async fn it_sends_ranges_of_time_and_several_statuses() {
    let (_world, _server, client) = world().await;
    let single = async |status| {
        client.list_executions().status(status).send().await.unwrap().into_inner().total
    };
    let failed = single(WorkflowRunStatusFilter::Failed).await;
    let pending = single(WorkflowRunStatusFilter::Pending).await;
    let statuses = vec![WorkflowRunStatus::Failed, WorkflowRunStatus::Pending];
    let both = client.list_executions().statuses(statuses).limit(100).send().await.unwrap();
    assert_eq!((both.total, both.succeeded, both.failed), (failed + pending, 0, failed));

    let newest = "2025-01-04T12:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    let list = client.list_executions().workflow_id("workflow_abc123");
    let from = list.clone().created_after(newest).send().await.unwrap();
    assert_eq!((from.total, &*from.items[0].id), (1, "run_def456"));
    let before = list.created_before(newest).send().await.unwrap();
    assert_eq!(before.total, 249);
}

#[tokio::test]
async fn a_refusal_is_an_error_response_and_ends_a_stream() {
    let (_world, server, client) = world().await;
    let missing = client.get_execution().id("no such run").send().await.unwrap_err();
    let Error::ErrorResponse(missing) = missing else { panic!("{missing:?}") };
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    assert_eq!(missing.error, "Execution not found or access denied");
    assert_eq!(missing.code, None);

    let invalid = client.list_executions().workflow_id("a\tb").send().await.unwrap_err();
    let Error::ErrorResponse(invalid) = invalid else { panic!("{invalid:?}") };
    assert_eq!(invalid.code.as_deref(), Some("VALIDATION_ERROR"));

    let stranger = Client::connect(&format!("http://{}", server.address), "not-a-key").unwrap();
    let runs: Vec<_> = stranger.list_executions().stream().collect().await;
    let [Err(Error::ErrorResponse(refused))] = &*runs else { panic!("{runs:?}") };
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn any_id_is_returned_as_it_was_sent(
        ids in proptest::collection::vec("(\\PC|[\\\\/%?# .:;&=+'\"{}|^~]){1,20}", 1..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (_world, _server, client) = world().await;
            // URL libraries remove these two from a path.
            for id in ids.iter().filter(|id| *id != "." && *id != "..") {
                let run = examples::execution();
                let run = runledger_model::WorkflowRunDetail { id: id.clone(), ..run };
                let input: WorkflowRunInput =
                    serde_json::from_value(serde_json::to_value(run).unwrap()).unwrap();
                let put = client.record_execution().id(id.as_str()).body(input);
                let put = put.send().await.unwrap();
                assert_eq!(put.id, *id);
                let got = client.get_execution().id(id.as_str()).send().await.unwrap();
                assert_eq!(got.into_inner(), put.into_inner());
            }
        });
    }
}

#[tokio::test]
async fn a_batch_tells_what_became_of_each_run() {
    let (_world, _server, client) = world().await;
    let good = WorkflowRunInput::try_from(
        client.get_execution().id("run_def456").send().await.unwrap().into_inner(),
    );
    let good = good.unwrap();
    let bad = WorkflowRunInput { step_count: Some(3), ..good.clone() };
    let batch = WorkflowRunBatch { items: vec![good, bad] };
    let response = client.record_executions().body(batch).send().await.unwrap();
    assert_eq!(response.items[0].outcome, RecordOutcome::Unchanged);
    assert_eq!(response.items[1].outcome, RecordOutcome::Rejected);
    assert!(response.items[1].error.as_ref().unwrap().error.contains("step_count"));
}

/// What a server of the tests responses next.
#[derive(Clone, Copy, Debug)]
enum Next {
    Status(u16),
    /// The correct response, but the connection ends before its body does.
    Torn,
    Right,
}

type Script = Arc<Mutex<(VecDeque<Next>, Vec<String>)>>;

/// A client of a server with scripted responses, and the paths that were requested.
async fn scripted(script: &[Next], retry: Retry) -> (Client, Script, Server) {
    let state: Script = Arc::new(Mutex::new((script.iter().copied().collect(), Vec::new())));
    let router = Router::new().fallback(respond).with_state(Arc::clone(&state));
    let server = Server::start(router).await;
    let client = Client::connect_with(&format!("http://{}", server.address), KEY, retry).unwrap();
    (client, state, server)
}

async fn respond(State(script): State<Script>, uri: Uri, body: String) -> Response {
    let mut script = script.lock().unwrap();
    script.1.push(format!("{uri} {}", body.len()));
    let right = serde_json::to_string(&examples::execution()).unwrap();
    match script.0.pop_front().unwrap_or(Next::Right) {
        Next::Status(status) => {
            let status = StatusCode::from_u16(status).unwrap();
            (status, [(RETRY_AFTER, "0")], Json(json!({"error": "not now"}))).into_response()
        }
        Next::Torn => {
            let half = Ok(right[..right.len() / 2].to_owned());
            let torn = Err(std::io::Error::other("torn"));
            Body::from_stream(stream::iter([half, torn])).into_response()
        }
        Next::Right => ([("content-type", "application/json")], right).into_response(),
    }
}

#[tokio::test]
async fn a_request_that_may_succeed_later_is_retried_unchanged() {
    for first in [408, 429, 502, 503, 504].map(Next::Status).into_iter().chain([Next::Torn]) {
        let (client, script, _server) = scripted(&[first, first], IMPATIENT).await;
        let run = client.get_execution().id("a").send().await.unwrap().into_inner();
        assert_eq!(run.id, "run_def456", "after {first:?}");
        script.lock().unwrap().0 = VecDeque::from([first]);
        let input = WorkflowRunInput::try_from(run).unwrap();
        client.record_execution().id("a").body(input).send().await.unwrap();
        let asked = script.lock().unwrap().1.clone();
        assert_eq!(asked.len(), 5, "after {first:?}: {asked:?}");
        assert_eq!(asked[3], asked[4]);
        assert!(!asked[4].ends_with(" 0"), "the body is sent again, too");
    }
}

#[tokio::test]
async fn only_errors_that_a_retry_can_fix_are_retried() {
    for status in [400, 401, 403, 404, 409, 413, 422, 500] {
        let (client, script, _server) = scripted(&[Next::Status(status); 9], IMPATIENT).await;
        let error = client.get_execution().id("a").send().await.unwrap_err();
        assert_eq!(error.status().unwrap().as_u16(), status);
        assert_eq!(script.lock().unwrap().1.len(), 1, "{status}");
    }
    for (retry, times) in [(IMPATIENT, 4), (Retry::NEVER, 1)] {
        let (client, script, _server) = scripted(&[Next::Status(503); 9], retry).await;
        let Err(Error::ErrorResponse(error)) = client.get_execution().id("a").send().await else {
            panic!("the last response is returned");
        };
        assert_eq!((error.status().as_u16(), error.error.as_str()), (503, "not now"));
        assert_eq!(script.lock().unwrap().1.len(), times);
    }
}

#[tokio::test]
async fn a_response_of_another_service_is_an_error_and_redirects_are_not_followed() {
    for status in [200, 201, 302, 303, 307, 404, 405, 413, 500] {
        let asked = Arc::new(Mutex::new(0));
        let count = Arc::clone(&asked);
        let router = Router::new().fallback(async move || {
            *count.lock().unwrap() += 1;
            let headers = [("content-type", "text/html"), ("location", "/elsewhere")];
            (StatusCode::from_u16(status).unwrap(), headers, "<html>").into_response()
        });
        let server = Server::start(router).await;
        let url = format!("http://{}/under/a/path/", server.address);
        let client = Client::connect_with(&url, KEY, IMPATIENT).unwrap();
        let error = client.get_execution().id("a").send().await.unwrap_err();
        let Error::Custom(told) = error else { panic!("{status}: {error:?}") };
        assert!(told.starts_with(&format!("the server responded {status} ")), "{told}");
        assert_eq!(*asked.lock().unwrap(), 1, "{status}");
    }
}

#[tokio::test]
async fn an_unreachable_server_is_an_error_with_its_cause() {
    let (client, _, server) = scripted(&[], IMPATIENT).await;
    let _ = server.stop.send(());
    server.serving.await.unwrap();
    let Err(Error::CommunicationError(error)) = client.get_execution().id("a").send().await else {
        panic!("no server listens there");
    };
    let told = runledger_client::causes(&error);
    assert!(
        told.starts_with("the server cannot be reached: ") && told.contains("refused"),
        "{told}"
    );
}

#[tokio::test]
async fn the_pause_is_at_least_what_the_server_asks_for() {
    let script: Script = Arc::default();
    let router = Router::new().fallback(async move |State(script): State<Script>, uri: Uri| {
        let mut script = script.lock().unwrap();
        script.1.push(uri.to_string());
        match script.1.len() {
            1 => (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "1")]).into_response(),
            _ => Json(examples::execution()).into_response(),
        }
    });
    let server = Server::start(router.with_state(script)).await;
    let url = format!("http://{}", server.address);
    let client =
        Client::connect_with(&url, KEY, Retry { first_pause: Duration::ZERO, ..Retry::default() });
    let begun = std::time::Instant::now();
    client.unwrap().get_execution().id("a").send().await.unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(1));
}

#[test]
fn an_invalid_address_or_key_is_refused_and_the_key_is_never_printed() {
    let odd = [
        "http://a:b@127.0.0.1",
        "http://a@127.0.0.1",
        "http://127.0.0.1/?a",
        "http://127.0.0.1/#a",
    ];
    for url in ["", "127.0.0.1:7400", "ftp://127.0.0.1", "http://"].into_iter().chain(odd) {
        assert!(matches!(Client::connect(url, "key"), Err(AccessError::Url)), "{url:?}");
    }
    assert!(matches!(Client::connect("http://127.0.0.1", "a\nb"), Err(AccessError::Key)));
    let client = Client::connect("http://127.0.0.1", "a-secret").unwrap();
    assert!(!format!("{client:?} {:?}", client.get_execution().id("a")).contains("a-secret"));
}

fn sorted(value: Value) -> String {
    let mut value = value;
    value.sort_all_objects();
    value.to_string()
}
