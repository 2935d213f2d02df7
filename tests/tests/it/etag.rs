//! Entity tags, conditional requests and the cache of responses.

use std::{collections::HashMap, io::Read, sync::Arc};

use axum::{
    body::Body,
    http::{HeaderMap, Request, StatusCode},
};
use flate2::read::GzDecoder;
use http_body_util::BodyExt;
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use runledger_model::{WorkflowRunDetail, WorkflowRunStatus, examples};
use runledger_server::Settings;
use runledger_store::RunStore;
use runledger_store_sqlite::SqliteStore;
use runledger_tests::{
    server::Server,
    world::{KEY, OTHER, Reply, World},
};
use serde_json::json;
use tower::ServiceExt;

const AUTHORIZATION: &str = "Token your-api-key-here";
const PATHS: [&str; 4] = [
    "/v1/executions",
    "/v1/executions?status=FAILED&limit=100",
    "/v1/executions/run_def456",
    "/v1/histogram?bucket=week",
];

async fn get(world: &World, path: &str, headers: &[(&str, &str)]) -> Reply {
    get_as(world, KEY, path, headers).await
}

async fn get_as(world: &World, key: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
    let mut request = Request::get(path).header("authorization", format!("Token {key}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    world.ask(request.body(Body::empty()).unwrap()).await
}

fn tag(reply: &Reply) -> String {
    reply.headers["etag"].to_str().unwrap().to_owned()
}

fn run(id: &str, status: WorkflowRunStatus) -> WorkflowRunDetail {
    WorkflowRunDetail { id: id.into(), status, ..examples::execution() }
}

#[tokio::test]
async fn a_304_stands_for_the_same_bytes() {
    for max_cached_response_bytes in [0, 2000, 16_000_000] {
        let world =
            World::with(&Settings { max_cached_response_bytes, ..Settings::default() }).await;
        for path in PATHS {
            let first = get(&world, path, &[]).await;
            let tag = tag(&first);
            assert_eq!((tag.len(), first.status), (34, StatusCode::OK), "{path}: {tag}");
            for _ in 0..2 {
                let again = get(&world, path, &[("if-none-match", &tag)]).await;
                assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
                assert_eq!(again.headers["etag"], tag);
                for name in ["cache-control", "vary"] {
                    assert_eq!(again.headers[name], first.headers[name], "{path} {name}");
                }
                let other = get(&world, path, &[("if-none-match", "\"another\"")]).await;
                assert_eq!((other.status, other.body), (StatusCode::OK, first.body.clone()));
                assert_eq!(other.headers["content-type"], "application/json");
            }
        }
        // Of another workflow, so that the list of failures stays as it was.
        let mut other = run("other", WorkflowRunStatus::Running);
        other.workflow_id = "other".into();
        let before = tags(&world).await;
        world.store.record(world.tenant, vec![other]).await.unwrap();
        let after = tags(&world).await;
        let same: Vec<_> = before.iter().zip(&after).map(|(old, new)| old == new).collect();
        assert_eq!(same, [false, true, true, false], "a response that is the same keeps its tag");
    }
}

async fn tags(world: &World) -> Vec<String> {
    let mut tags = Vec::new();
    for path in PATHS {
        tags.push(tag(&get(world, path, &[]).await));
    }
    tags
}

#[tokio::test]
async fn every_coding_has_a_tag_of_its_own_and_matches() {
    let world = World::new().await;
    let path = PATHS[0];
    let plain = get(&world, path, &[]).await;
    let gzip = get(&world, path, &[("accept-encoding", "gzip")]).await;
    let zstd = get(&world, path, &[("accept-encoding", "zstd")]).await;
    let mut unpacked = Vec::new();
    GzDecoder::new(&gzip.body[..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain.body);
    assert_eq!(zstd::decode_all(&zstd.body[..]).unwrap(), plain.body);
    assert!(tag(&gzip).ends_with("-gzip\"") && tag(&zstd).ends_with("-zstd\""));
    assert!(tag(&gzip).starts_with(tag(&plain).trim_end_matches('"')));
    for reply in [&plain, &gzip, &zstd] {
        for coding in ["identity", "gzip", "zstd"] {
            let headers = [("accept-encoding", coding), ("if-none-match", &*tag(reply))];
            let again = get(&world, path, &headers).await;
            assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0), "{coding}");
            assert_eq!(again.headers["etag"], tag(reply), "{coding}");
        }
        assert_eq!(reply.headers["vary"], "accept-encoding");
    }
}

#[tokio::test]
async fn head_has_the_header_fields_of_get_over_a_connection() {
    let world = World::new().await;
    let tag = tag(&get(&world, PATHS[0], &[]).await);
    let server = Server::start(world.router()).await;
    for (condition, status) in [("\"x\"", "200"), (&*tag, "304")] {
        let mut headers = Vec::new();
        for method in ["GET", "HEAD"] {
            let request = format!(
                "{method} {} HTTP/1.1\r\nhost: x\r\nx-request-id: same\r\n\
                 authorization: {AUTHORIZATION}\r\nif-none-match: {condition}\r\n\r\n",
                PATHS[0]
            );
            let response = server.exchange(request.as_bytes()).await;
            let text = String::from_utf8(response).unwrap();
            let (header, content) = text.split_once("\r\n\r\n").unwrap();
            assert!(header.starts_with(&format!("HTTP/1.1 {status}")), "{header}");
            assert_eq!(content.is_empty(), method == "HEAD" || status == "304", "{content}");
            let is_date = |line: &&str| line.starts_with("date:");
            let lines = header.lines().filter(|line| !is_date(line));
            headers.push(lines.map(str::to_owned).collect::<Vec<_>>());
        }
        assert_eq!(headers[0], headers[1]);
        let has_length = headers[1].iter().any(|line| line.starts_with("content-length"));
        assert_eq!(has_length, status == "200", "that of the 200, or none");
    }
}

#[tokio::test]
async fn head_has_the_header_fields_of_get() {
    let world = World::new().await;
    for path in PATHS {
        let without_id = |mut headers: HeaderMap| {
            headers.remove("x-request-id");
            headers
        };
        let reply = get(&world, path, &[]).await;
        let tag = tag(&reply);
        for (condition, status) in [("\"x\"", 200), (&*tag, 304)] {
            let headers = [("authorization", AUTHORIZATION), ("if-none-match", condition)];
            let mut request = Request::head(path);
            for (name, value) in headers {
                request = request.header(name, value);
            }
            let head = world.ask(request.body(Body::empty()).unwrap()).await;
            assert_eq!((head.status.as_u16(), head.body.len()), (status, 0), "{path}");
            let get = get(&world, path, &[("if-none-match", condition)]).await;
            assert_eq!(without_id(head.headers), without_id(get.headers), "{path}");
        }
    }
}

#[tokio::test]
async fn a_cached_response_needs_the_key_and_belongs_to_its_tenant() {
    let world = World::new().await;
    let id = world.add_key("another", world.tenant, (true, false), None).await;
    for path in PATHS {
        let first = get(&world, path, &[]).await;
        let tag = tag(&first);
        let condition = [("if-none-match", &*tag)];
        assert_eq!(get_as(&world, "another", path, &condition).await.status, 304);
        for key in [OTHER, "unknown", "expired", "revoked", "writer"] {
            let reply = get_as(&world, key, path, &condition).await;
            assert_ne!(reply.body, first.body, "{key} {path}");
            assert_ne!(reply.status, 304, "{key} {path}");
        }
    }
    world.store.revoke_key(id).await.unwrap();
    for path in PATHS {
        assert_eq!(get_as(&world, "another", path, &[]).await.status, 401, "{path}");
    }
}

#[tokio::test]
async fn errors_have_no_tag_and_are_not_kept() {
    let world = World::new().await;
    for path in ["/v1/executions?page=0", "/v1/executions/absent", "/v1/histogram?bucket=x"] {
        for _ in 0..2 {
            let reply = get(&world, path, &[("if-none-match", "*")]).await;
            assert!(reply.status.is_client_error(), "{path}");
            assert!(!reply.headers.contains_key("etag"), "{path}");
        }
    }
    world.store.record(world.tenant, vec![run("absent", WorkflowRunStatus::Failed)]).await.unwrap();
    assert_eq!(get(&world, "/v1/executions/absent", &[]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_response_is_older_than_what_was_acknowledged() {
    let world = Arc::new(World::new().await);
    let tasks: Vec<_> = (0..4)
        .map(|task| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                let (id, path) = (format!("run {task}"), format!("/v1/executions/run%20{task}"));
                let list = format!("/v1/executions?workflow_id={task}");
                for n in 0..60 {
                    let mut run = run(&id, WorkflowRunStatus::Succeeded);
                    (run.workflow_id, run.version_display_name) = (task.to_string(), n.to_string());
                    world.store.record(world.tenant, vec![run.clone()]).await.unwrap();
                    for _ in 0..2 {
                        assert_eq!(get(&world, &path, &[]).await.json(), json!(run));
                        let items = &get(&world, &list, &[]).await.json()["items"];
                        assert_eq!(*items, json!([run.metadata()]));
                    }
                    world.store.delete(world.tenant, &id).await.unwrap();
                    assert_eq!(get(&world, &path, &[]).await.status, 404);
                    assert_eq!(get(&world, &list, &[]).await.json()["items"], json!([]));
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

#[tokio::test]
async fn what_another_process_writes_is_seen_at_once() {
    let world = World::new().await;
    // A connection of its own, as another process has.
    let other = SqliteStore::open(&world.file()).unwrap();
    for n in 0..50 {
        let before = get(&world, "/v1/executions", &[]).await.json()["total"].as_i64().unwrap();
        let new = run(&format!("new {n}"), WorkflowRunStatus::Succeeded);
        other.record(world.tenant, vec![new]).await.unwrap();
        let after = get(&world, "/v1/executions", &[]).await.json()["total"].as_i64().unwrap();
        assert_eq!(after, before + 1);
        other.delete(world.tenant, &format!("new {n}")).await.unwrap();
        let total = get(&world, "/v1/executions", &[]).await.json()["total"].as_i64().unwrap();
        assert_eq!(total, before);
    }
}

/// What happens next to a server.
#[derive(Clone, Debug)]
enum Step {
    /// A run of this number is recorded with this state.
    Record(usize, WorkflowRunStatus),
    /// The run of this number is deleted.
    Delete(usize),
    /// This path is requested, with the tag that it had before.
    Get(usize),
}

fn any_step() -> impl Strategy<Value = Step> {
    let status = proptest::sample::select(WorkflowRunStatus::ALL.to_vec());
    prop_oneof![
        (0..3usize, status).prop_map(|(run, status)| Step::Record(run, status)),
        (0..3usize).prop_map(Step::Delete),
        (0..PATHS.len()).prop_map(Step::Get),
        (0..PATHS.len()).prop_map(Step::Get),
    ]
}

#[test]
fn a_304_is_returned_exactly_when_the_response_would_be_the_same() {
    let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let run_steps = |(max_cached_response_bytes, steps): (usize, Vec<Step>)| {
        runtime.block_on(async {
            let settings = Settings { max_cached_response_bytes, ..Settings::default() };
            let world = World::with(&settings).await;
            let uncached = Settings { max_cached_response_bytes: 0, ..Settings::default() };
            let uncached = runledger_server::router(Arc::clone(&world.store), &uncached);
            let mut known: HashMap<usize, (String, Vec<u8>)> = HashMap::new();
            for step in steps {
                match step {
                    Step::Record(n, status) => {
                        let id = if n == 0 { "run_def456".into() } else { n.to_string() };
                        world.store.record(world.tenant, vec![run(&id, status)]).await.unwrap();
                    }
                    Step::Delete(n) => {
                        world.store.delete(world.tenant, &n.to_string()).await.unwrap();
                    }
                    Step::Get(n) => {
                        let request = Request::get(PATHS[n]).header("authorization", AUTHORIZATION);
                        let request = request.body(Body::empty()).unwrap();
                        let truth = uncached.clone().oneshot(request).await.unwrap().into_body();
                        let truth = truth.collect().await.unwrap().to_bytes().to_vec();
                        let before = known.get(&n).cloned().unwrap_or_default();
                        let reply = get(&world, PATHS[n], &[("if-none-match", &before.0)]).await;
                        assert_eq!(reply.status == 304, truth == before.1, "{}", PATHS[n]);
                        if reply.status != 304 {
                            assert_eq!(reply.body, truth, "{}", PATHS[n]);
                            known.insert(n, (tag(&reply), truth));
                        }
                    }
                }
            }
        });
        Ok(())
    };
    let budget = proptest::sample::select(vec![0, 3000, 1_000_000]);
    TestRunner::new(config).run(&(budget, vec(any_step(), 1..40)), run_steps).unwrap();
}
