//! The stream of changes, over HTTP.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use axum::{
    body::Body,
    http::{HeaderMap, Request, StatusCode},
};
use http_body_util::BodyExt;
use runledger_model::{WorkflowRunDetail, WorkflowRunStatus, examples};
use runledger_server::Settings;
use runledger_store::{Store, TenantId};
use runledger_tests::{
    events::{Block, EventReader},
    server::Server,
    world::{KEY, OTHER, WRITER, World},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const PATH: &str = "/v1/events";

/// Opens a stream of this key without a connection.
async fn open(world: &World, path: &str, key: &str) -> EventReader<Body> {
    let (status, _, body) = ask(world, path, key, &[]).await;
    assert_eq!(status, 200, "{path}");
    EventReader::new(body)
}

async fn ask(
    world: &World,
    path: &str,
    key: &str,
    headers: &[(&str, &str)],
) -> (StatusCode, HeaderMap, Body) {
    let mut request = Request::get(path).header("authorization", format!("Token {key}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    world.open(request.body(Body::empty()).unwrap()).await
}

/// The documented run under this id.
fn run(id: &str) -> WorkflowRunDetail {
    WorkflowRunDetail { id: id.into(), ..examples::execution() }
}

async fn last(world: &World) -> u64 {
    world.store.last_change(world.tenant).await.unwrap()
}

#[tokio::test]
async fn events_are_written_as_in_the_document() {
    let world = World::new().await;
    world.store.delete(world.tenant, "run_def456").await.unwrap();
    world.store.record(world.tenant, vec![run("run_def457")]).await.unwrap();
    let before = last(&world).await;
    let (status, headers, mut body) = ask(&world, PATH, KEY, &[("accept-encoding", "gzip")]).await;
    assert_eq!(
        (status, &headers["content-type"]),
        (StatusCode::OK, &"text/event-stream".parse().unwrap())
    );
    assert!(!headers.contains_key("content-encoding"), "a compressed stream would be delayed");
    world.store.record(world.tenant, vec![run("run_def456")]).await.unwrap();
    world.store.delete(world.tenant, "run_def457").await.unwrap();
    let mut expected = examples::change_events();
    for (number, documented) in (before..).zip(["1040", "1041", "1042"]) {
        expected = expected.replace(documented, &number.to_string());
    }
    let mut text = String::new();
    while text.len() < expected.len() {
        let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
        text += std::str::from_utf8(&frame).unwrap();
    }
    assert_eq!(text, expected);
}

#[tokio::test]
async fn a_stream_begins_where_the_client_says() {
    let world = World::new().await;
    let last = last(&world).await;
    let first = async |path: &str, headers: &[(&str, &str)]| {
        let (status, _, body) = ask(&world, path, KEY, headers).await;
        assert_eq!(status, 200);
        let mut reader = EventReader::new(body);
        let first = reader.next_block().await.unwrap().unwrap();
        assert_eq!(Block { id: first.id, ..Block::default() }, first, "without data");
        (first.id.unwrap(), reader)
    };
    assert_eq!(first(PATH, &[]).await.0, last);
    let (id, mut reader) = first("/v1/events?after=3", &[]).await;
    assert_eq!((id, reader.next_change().await.unwrap().unwrap().number), (3, 4));
    let (id, mut reader) = first("/v1/events?after=3", &[("last-event-id", "7")]).await;
    assert_eq!((id, reader.next_change().await.unwrap().unwrap().number), (7, 8));
    let at_last = last.to_string();
    assert_eq!(first("/v1/events?after=0", &[("last-event-id", &at_last)]).await.0, last);
    let next = (last + 1).to_string();
    for (path, headers, name) in [
        (&*format!("/v1/events?after={next}"), vec![], "after"),
        (PATH, vec![("last-event-id", &*next)], "Last-Event-ID"),
    ] {
        let (status, _, body) = ask(&world, path, KEY, &headers).await;
        assert_eq!(status, 400, "{path}");
        let body = body.collect().await.unwrap().to_bytes();
        let start = format!("{{\"error\":\"{name} must be at most {last}, the number of the last");
        assert!(body.starts_with(start.as_bytes()), "{body:?}");
    }
}

#[tokio::test]
async fn a_bad_request_is_an_error_and_no_stream() {
    let world = World::new().await;
    let key = ("authorization", "Token your-api-key-here");
    let id = "last-event-id";
    for headers in [vec![key, (id, "x")], vec![key, (id, "")], vec![key, (id, "1"), (id, "2")]] {
        let reply = world.send("GET", PATH, &headers, Body::empty()).await;
        assert_eq!(reply.status, 400, "{headers:?}");
        assert!(reply.error().starts_with("Last-Event-ID must be"), "{}", reply.error());
    }
    assert_eq!(world.get("/v1/events?after=-1", KEY).await.status, 400);
    assert_eq!(world.get("/v1/events?limit=1", KEY).await.status, 400);
    assert_eq!(world.get(PATH, "unknown").await.status, 401);
    assert_eq!(world.get(PATH, WRITER).await.status, 403);
    // A stream that is not read ends with its body.
    assert_eq!(world.send("HEAD", PATH, &[key], Body::empty()).await.status, 200);
}

#[tokio::test]
async fn a_stream_has_the_changes_of_its_tenant_only() {
    let world = World::new().await;
    let other = world.store.find_tenant("other").await.unwrap().unwrap();
    let mut theirs = open(&world, PATH, OTHER).await;
    world.store.record(world.tenant, vec![run("a"), run("b")]).await.unwrap();
    world.store.record(other, vec![run("c")]).await.unwrap();
    assert_eq!(theirs.next_change().await.unwrap().unwrap().id, "c");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_cut_a_hundred_times_delivers_each_change_once() {
    const CUTS: usize = 100;
    let world = World::new().await;
    let server = Server::start(world.router()).await;
    let start = last(&world).await;
    let recording = tokio::spawn(record(Arc::clone(&world.store), world.tenant));
    // What the client has: for each run the number of its last change, and its state.
    let (mut copy, mut numbers, mut id) = (BTreeMap::new(), BTreeSet::new(), start);
    for cut in 0..=CUTS {
        let last_event_id = id.to_string();
        let headers =
            [("authorization", "Token your-api-key-here"), ("last-event-id", &*last_event_id)];
        let mut reader = EventReader::connect(server.address, PATH, &headers).await.unwrap();
        // The last one is read to the end.
        let max = if cut < CUTS { cut % 7 } else { usize::MAX };
        let mut received = 0;
        while received < max && !(recording.is_finished() && id == last(&world).await) {
            let block = reader.next_block().await.unwrap().expect("the server goes on");
            let Some(change) = block.change() else { continue };
            assert!(numbers.insert(change.number), "{} was repeated", change.number);
            assert!(change.number.cast_unsigned() > id, "{} after {id}", change.number);
            id = change.number.cast_unsigned();
            copy.insert(change.id, (id, change.run));
            received += 1;
        }
    }
    recording.await.unwrap();
    let changes = world.store.changes(world.tenant, start, usize::MAX).await.unwrap();
    assert_eq!((changes.last, id), (start + CHANGES, start + CHANGES));
    let newest = changes.changes.into_iter();
    let newest: BTreeMap<_, _> = newest.map(|it| (it.id, (it.number, it.run))).collect();
    assert_eq!(copy, newest);
}

/// The number of changes that [`record`] makes.
const CHANGES: u64 = 800;

/// Creates, updates and deletes runs.
async fn record(store: Arc<dyn Store>, tenant: TenantId) {
    for n in 0..CHANGES / 8 {
        let runs: Vec<_> = (0..4).map(|part| run(&format!("{n} {part}"))).collect();
        store.record(tenant, runs.clone()).await.unwrap();
        let failed = |run: &WorkflowRunDetail| WorkflowRunDetail {
            status: WorkflowRunStatus::Failed,
            ..run.clone()
        };
        store.record(tenant, runs[..3].iter().map(failed).collect()).await.unwrap();
        store.delete(tenant, &runs[3].id).await.unwrap();
    }
}

#[tokio::test]
async fn a_stream_ends_when_the_server_stops() {
    let world = World::new().await;
    let server = Server::start(world.router()).await;
    let key = ("authorization", "Token your-api-key-here");
    let mut readers = Vec::new();
    for _ in 0..5 {
        let mut reader = EventReader::connect(server.address, PATH, &[key]).await.unwrap();
        reader.next_block().await.unwrap().unwrap();
        readers.push(reader);
    }
    drop(server.stop);
    for mut reader in readers {
        assert_eq!(reader.next_block().await.unwrap(), None);
    }
    server.serving.await.unwrap();
}

#[tokio::test]
async fn a_stream_ends_with_its_key() {
    let world = World::new().await;
    let id = world.add_key("another", world.tenant, (true, false), None).await;
    let mut reader = open(&world, PATH, "another").await;
    assert!(reader.next_block().await.unwrap().is_some());
    world.store.revoke_key(id).await.unwrap();
    while reader.next_block().await.unwrap().is_some() {}
}

#[tokio::test]
async fn streams_are_limited_and_do_not_count_as_requests_in_progress() {
    let settings = Settings {
        max_event_streams: 3,
        max_event_streams_per_key: 2,
        max_concurrent_requests: 1,
        ..Settings::default()
    };
    let world = World::with(&settings).await;
    let _open = [open(&world, PATH, KEY).await, open(&world, PATH, KEY).await];
    let refused = async |key, status: u16, message: &str| {
        let reply = world.get(PATH, key).await;
        assert_eq!(
            (reply.status.as_u16(), &reply.headers["retry-after"]),
            (status, &"1".parse().unwrap())
        );
        assert!(reply.error().starts_with(message), "{reply:?}");
    };
    refused(KEY, 429, "This API key has too many event streams: at most 2").await;
    let _theirs = open(&world, PATH, OTHER).await;
    refused(OTHER, 503, "The server has too many event streams").await;
    assert_eq!(world.get("/v1/executions", KEY).await.status, 200);
}

#[tokio::test]
async fn a_closed_connection_frees_its_slot_at_once() {
    // Only the end of the connection can free the slot.
    let settings = Settings {
        max_event_streams: 1,
        event_heartbeat: Duration::from_secs(3600),
        ..Settings::default()
    };
    let world = World::with(&settings).await;
    let server = Server::with(world.router(), settings).await;
    // Stops a test that fails.
    let connect = || timeout(Duration::from_secs(60), connect_when_free(&server));
    let free = "the slot is free";
    drop(connect().await.expect(free));
    connect().await.expect(free).set_zero_linger().unwrap();
    let mut half_closed = connect().await.expect(free);
    half_closed.shutdown().await.unwrap();
    let mut open = connect().await.expect(free);
    world.store.record(world.tenant, vec![run("new")]).await.unwrap();
    let mut text = String::new();
    while !text.contains("\"id\":\"new\"") {
        text.push(char::from(open.read_u8().await.unwrap()));
    }
}

/// Opens a stream as soon as there is a slot, and reads the header section of the response.
async fn connect_when_free(server: &Server) -> TcpStream {
    loop {
        let mut connection = TcpStream::connect(server.address).await.unwrap();
        let request =
            format!("GET {PATH} HTTP/1.1\r\nhost: x\r\nauthorization: Token {KEY}\r\n\r\n");
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut header = Vec::new();
        while !header.ends_with(b"\r\n\r\n") {
            header.push(connection.read_u8().await.unwrap());
        }
        if header.starts_with(b"HTTP/1.1 200") {
            return connection;
        }
        assert!(header.starts_with(b"HTTP/1.1 503"), "{}", header.escape_ascii());
    }
}

#[tokio::test]
async fn a_stream_outlasts_the_timeouts_of_requests_and_has_heartbeats() {
    let settings = Settings {
        event_heartbeat: Duration::from_millis(30),
        header_timeout: Duration::from_millis(20),
        request_timeout: Duration::from_millis(20),
        ..Settings::default()
    };
    let world = World::with(&settings).await;
    let server = Server::with(world.router(), settings).await;
    let key = ("authorization", "Token your-api-key-here");
    let mut reader: EventReader<TcpStream> =
        EventReader::connect(server.address, PATH, &[key]).await.unwrap();
    assert!(reader.next_block().await.unwrap().unwrap().id.is_some());
    for _ in 0..10 {
        let block = reader.next_block().await.unwrap().expect("the stream goes on");
        assert_eq!(block, Block { has_comment: true, ..Block::default() });
    }
    world.store.record(world.tenant, vec![run("new")]).await.unwrap();
    assert_eq!(reader.next_change().await.unwrap().unwrap().id, "new");
}
