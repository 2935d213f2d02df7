//! Every operation and every status of the document occurs in a real response.

use std::{collections::BTreeSet, convert::Infallible, num::NonZeroU32, time::Duration};

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use runledger_server::Settings;
use runledger_tests::{
    spec,
    world::{KEY, READER, WRITER, World},
};
use serde_json::json;

const LIST: &str = "/v1/executions";
const RUN: &str = "/v1/executions/run_def456";
const HISTOGRAM: &str = "/v1/histogram";
const WORKFLOWS: &str = "/v1/workflows";
const CHANGES: &str = "/v1/changes";
const EVENTS: &str = "/v1/events";
const NEW: &str = "/v1/executions/new";
const BATCH: &str = "/v1/executions/batch";

#[tokio::test]
async fn every_operation_and_status_of_the_spec_is_exercised() {
    let world = World::new().await;
    let run = world.get(RUN, KEY).await.json();
    let mut live = run.clone();
    live["status"] = json!("RUNNING");
    let mut nonsense = run.clone();
    nonsense["step_count"] = json!(3);
    let mut new = run.clone();
    new["id"] = json!("new");
    let huge = " ".repeat(Settings::default().max_body_bytes + 1);
    let key = ("authorization", "Token your-api-key-here");

    for path in [LIST, RUN, "/v1/executions/absent"] {
        world.get(path, KEY).await;
        world.get(path, "unknown").await;
        world.get(path, WRITER).await;
    }
    for path in [HISTOGRAM, WORKFLOWS, CHANGES] {
        for key in [KEY, "unknown", WRITER] {
            world.get(path, key).await;
        }
    }
    for key in [KEY, "unknown", WRITER] {
        open_events(&world, key).await;
    }
    world.get("/v1/changes?limit=0", KEY).await;
    world.get("/v1/events?after=x", KEY).await;
    world.get("/v1/histogram?bucket=month", KEY).await;
    world.get("/v1/workflows?q=", KEY).await;
    world.get("/v1/executions?page=0", KEY).await;
    world.get("/v1/executions/%FF", KEY).await;

    for body in [&run, &live, &nonsense, &json!({})] {
        world.send_json("PUT", RUN, KEY, body).await;
    }
    world.send_json("PUT", NEW, KEY, &new).await;
    let conditional = [key, ("content-type", "application/json"), ("if-match", "\"other\"")];
    for method in ["PUT", "PATCH", "DELETE"] {
        let body = Body::from(run.to_string());
        assert_eq!(world.send(method, RUN, &conditional, body).await.status, 412);
    }
    let begin = runledger_model::examples::begin_execution();
    for body in [&json!({}), &begin, &json!({}), &json!({ "status": 5 })] {
        world.send_json("PATCH", "/v1/executions/begun", KEY, body).await;
    }
    world.send_json("POST", BATCH, KEY, &json!({ "items": [run] })).await;
    world.send_json("POST", BATCH, KEY, &json!({ "items": [] })).await;
    for (method, path) in [("PUT", RUN), ("PATCH", RUN), ("POST", BATCH)] {
        world.send_json(method, path, "unknown", &run).await;
        world.send_json(method, path, READER, &run).await;
        world.send_text(method, path, KEY, huge.clone()).await;
        world.send(method, path, &[key], Body::from("{}")).await;
    }

    for (path, secret) in [(NEW, KEY), (NEW, "unknown"), (NEW, READER), ("/v1/executions/%FF", KEY)]
    {
        world.send_json("DELETE", path, secret, &json!(null)).await;
    }

    // More runs than filters can be tested on, by their counts.
    let mut pairs = run.clone();
    pairs["metadata"] = json!({ "a": "1", "b": "2" });
    world.send_json("PUT", RUN, KEY, &pairs).await;
    let counting = rusqlite::Connection::open(world.file()).unwrap();
    let counts = "UPDATE run_block SET runs = runs + 100000 WHERE workflow < 0";
    assert_eq!(counting.execute(counts, []).unwrap(), 2);
    for path in [LIST, HISTOGRAM] {
        let reply = world.get(&format!("{path}?metadata=a:1&metadata=b:2"), KEY).await;
        let runs = "count them exactly: 100001 match the rarest of the filters, which are tested";
        assert!(reply.status == 422 && reply.error().contains(runs), "{reply:?}");
        let within = "created_after=2025-01-04T12:00:00Z&created_before=2025-01-04T12:00:01Z";
        let path = format!("{path}?metadata=a:1&metadata=b:2&{within}");
        assert_eq!(world.get(&path, KEY).await.status, 200);
    }
    counting.execute("UPDATE run_block SET runs = runs - 100000 WHERE workflow < 0", []).unwrap();
    world.send_json("PUT", RUN, KEY, &run).await;

    // The database fails, as a disk may.
    let breaking = rusqlite::Connection::open(world.file()).unwrap();
    breaking.execute_batch("ALTER TABLE run RENAME TO gone").unwrap();
    for path in [LIST, RUN] {
        let reply = world.get(path, KEY).await;
        assert_eq!(reply.status, 500);
        assert_eq!(reply.json()["code"], "INTERNAL_ERROR");
        assert!(!reply.error().contains("run_def456") && !reply.error().contains("table"));
    }
    assert_eq!(world.get(HISTOGRAM, KEY).await.status, 500);
    assert_eq!(world.get(WORKFLOWS, KEY).await.status, 500);
    assert_eq!(world.get(CHANGES, KEY).await.status, 500);
    world.send_json("PUT", RUN, KEY, &run).await;
    world.send_json("PATCH", RUN, KEY, &run).await;
    world.send_json("POST", BATCH, KEY, &json!({ "items": [run] })).await;
    assert_eq!(world.send_json("DELETE", RUN, KEY, &json!(null)).await.status, 500);
    breaking.execute_batch("ALTER TABLE gone RENAME TO run").unwrap();
    breaking.execute_batch("ALTER TABLE tenant RENAME TO gone").unwrap();
    assert_eq!(open_events(&world, KEY).await, 500);
    breaking.execute_batch("ALTER TABLE gone RENAME TO tenant").unwrap();
    assert_eq!(world.get(RUN, KEY).await.json(), run, "the server works again after the repair");

    let mut seen = world.seen();
    for settings in [
        Settings { rate_limit: NonZeroU32::new(1), ..Settings::default() },
        Settings { max_concurrent_requests: 0, ..Settings::default() },
        Settings { body_timeout: Duration::from_nanos(1), ..Settings::default() },
    ] {
        let world = World::with(&settings).await;
        let headers = [key, ("content-type", "application/json")];
        world.get(LIST, KEY).await;
        world.get(HISTOGRAM, KEY).await;
        world.get(WORKFLOWS, KEY).await;
        world.get(CHANGES, KEY).await;
        open_events(&world, KEY).await;
        for (method, path) in [
            ("GET", LIST),
            ("GET", RUN),
            ("DELETE", "/v1/executions/absent"),
            ("PUT", RUN),
            ("PATCH", RUN),
            ("POST", BATCH),
        ] {
            let never =
                Body::from_stream(futures_util::stream::pending::<Result<Vec<u8>, Infallible>>());
            world.send(method, path, &headers, never).await;
        }
        seen.extend(world.seen());
    }

    let documented: BTreeSet<_> = spec::operations()
        .into_iter()
        .flat_map(|operation| {
            operation
                .responses()
                .map(move |(status, _)| (operation.id().to_owned(), status.to_owned()))
        })
        .collect();
    assert!(documented.len() > 25, "{documented:?}");
    let missing: Vec<_> = documented.difference(&seen).collect();
    assert!(missing.is_empty(), "not exercised: {missing:?}");
}

/// Requests the stream of changes, whose body never ends.
async fn open_events(world: &World, key: &str) -> StatusCode {
    let request = Request::get(EVENTS).header("authorization", format!("Token {key}"));
    world.open(request.body(Body::empty()).unwrap()).await.0
}
