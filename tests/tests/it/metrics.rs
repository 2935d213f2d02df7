//! The metrics, read with a parser of the Prometheus text format.

use axum::{
    body::Body,
    http::{HeaderMap, Request},
};
use http_body_util::BodyExt;
use openmetrics_parser::{
    MetricsExposition, PrometheusType, PrometheusValue, prometheus::parse_prometheus,
};
use runledger_model::{WorkflowRunStatus, examples};
use runledger_server::{Service, Settings};
use runledger_tests::world::{KEY, World};
use serde_json::json;
use tower::ServiceExt;

const RUN: &str = "/v1/executions/run_def456";

type Page = MetricsExposition<PrometheusType, PrometheusValue>;

async fn metrics(world: &World) -> Page {
    let reply = world.send("GET", "/metrics", &[], Body::empty()).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    parse_prometheus(str::from_utf8(&reply.body).unwrap()).unwrap()
}

/// The value of a series, or the count of a histogram; 0 if there is none.
fn value(page: &Page, name: &str, labels: &[(&str, &str)]) -> f64 {
    let Some(family) = page.families.get(name) else { return 0.0 };
    let labels: Vec<_> = family
        .get_label_names()
        .iter()
        .map(|name| labels.iter().find(|(it, _)| it == name).expect(name).1.to_owned())
        .collect();
    match family.get_sample_by_label_values(&labels).map(|sample| &sample.value) {
        None => 0.0,
        Some(PrometheusValue::Counter(counter)) => counter.value.as_f64(),
        Some(PrometheusValue::Gauge(value)) => value.as_f64(),
        Some(PrometheusValue::Histogram(histogram)) => {
            let mut counts = histogram.buckets.iter().map(|bucket| bucket.count.as_f64());
            assert!(counts.clone().is_sorted(), "{name} {labels:?}");
            let count = histogram.count.unwrap() as f64;
            assert_eq!(counts.next_back(), Some(count), "{name} {labels:?}");
            count
        }
        Some(other) => panic!("{name} is of another type: {other:?}"),
    }
}

#[tokio::test]
async fn requests_recordings_and_the_cache_are_counted() {
    let world = World::new().await;
    let requests = |samples: &Page, method, route, status| {
        let labels = [("method", method), ("route", route), ("status", status)];
        value(samples, "runledger_http_request_duration_seconds", &labels)
    };
    assert_eq!(requests(&metrics(&world).await, "GET", "/v1/executions/{id}", "200"), 0.0);
    for _ in 0..3 {
        assert_eq!(world.get(RUN, KEY).await.status, 200);
    }
    assert_eq!(world.get("/v1/executions/absent", KEY).await.status, 404);
    assert_eq!(world.get("/absent", KEY).await.status, 404);
    assert_eq!(world.send("BREW", "/healthz", &[], Body::empty()).await.status, 405);
    let run = json!(examples::execution());
    assert_eq!(world.send_json("PUT", RUN, KEY, &run).await.status, 200);
    let mut failed = examples::execution();
    failed.status = WorkflowRunStatus::Failed;
    assert_eq!(world.send_json("PUT", RUN, KEY, &json!(failed)).await.status, 200);
    let mut live = failed.clone();
    live.status = WorkflowRunStatus::Running;
    assert_eq!(world.send_json("PUT", RUN, KEY, &json!(live)).await.status, 409);
    live.id = "live".to_owned();
    let batch = json!({ "items": [live, failed, {}] });
    assert_eq!(world.send_json("POST", "/v1/executions/batch", KEY, &batch).await.status, 200);

    let samples = metrics(&world).await;
    assert_eq!(requests(&samples, "GET", "/v1/executions/{id}", "200"), 3.0);
    assert_eq!(requests(&samples, "GET", "/v1/executions/{id}", "404"), 1.0);
    assert_eq!(requests(&samples, "GET", "other", "404"), 1.0);
    assert_eq!(requests(&samples, "other", "/healthz", "405"), 1.0);
    assert_eq!(requests(&samples, "PUT", "/v1/executions/{id}", "409"), 1.0);
    assert_eq!(requests(&samples, "POST", "/v1/executions/batch", "200"), 1.0);
    let recordings =
        |outcome| value(&samples, "runledger_recordings_total", &[("outcome", outcome)]);
    let counted = ["recorded", "updated", "unchanged", "rejected"].map(recordings);
    assert_eq!(counted, [1.0, 1.0, 2.0, 2.0]);
    let cached =
        |result| value(&samples, "runledger_response_cache_requests_total", &[("result", result)]);
    assert_eq!(["hit", "miss"].map(cached), [2.0, 2.0]);
}

#[tokio::test]
async fn the_state_of_the_service_is_shown() {
    let world = World::new().await;
    let request = Request::get("/v1/events").header("authorization", format!("Token {KEY}"));
    let stream = world.router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let samples = metrics(&world).await;
    let gauge = |name| value(&samples, name, &[]);
    assert_eq!(gauge("runledger_event_streams"), 1.0);
    assert_eq!(gauge("runledger_write_queue_length"), 0.0);
    let files = [world.file(), world.file().with_extension("db-wal")];
    let lengths = files.map(|file| std::fs::metadata(file).unwrap().len() as f64);
    let names = ["runledger_database_bytes", "runledger_database_log_bytes"];
    assert_eq!(names.map(gauge), lengths);
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    assert_eq!(value(&samples, "runledger_build_info", &version), 1.0);
    let start = gauge("process_start_time_seconds");
    assert!((1.7e9..1e11).contains(&start), "{start}");
    drop(stream);
}

#[tokio::test]
async fn nothing_of_a_request_is_a_label() {
    let world = World::new().await;
    let words = ["secretword", "run_def456", "workflow_abc123", "documentation", KEY];
    world.get("/v1/executions/secretword?secretword", "secretword").await;
    world.get("/secretword/secretword", KEY).await;
    world.get("/docs/secretword", KEY).await;
    world.send("SECRETWORD", RUN, &[("x-request-id", "secretword")], Body::empty()).await;
    world.get("/v1/executions?workflow_id=workflow_abc123", KEY).await;
    let page = world.send("GET", "/metrics", &[], Body::empty()).await.body;
    let page = String::from_utf8(page).unwrap().to_lowercase();
    for word in words {
        assert!(!page.contains(word), "{word} is in the metrics");
    }
}

#[tokio::test]
async fn the_metrics_can_be_elsewhere() {
    let settings = Settings { serve_metrics: false, ..Settings::default() };
    let world = World::with(&settings).await;
    assert_eq!(world.get("/metrics", KEY).await.status, 404);
    let Service { api, metrics, heartbeats: _ } = Service::new(world.store.clone(), &settings);
    let ask = async |router: &axum::Router, path: &str| {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let (head, body) = router.clone().oneshot(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let headers: HeaderMap = head.headers;
        assert!(headers.contains_key("x-request-id"));
        (head.status.as_u16(), String::from_utf8(body.to_vec()).unwrap())
    };
    assert_eq!(ask(&api, "/metrics").await.0, 404);
    assert_eq!(ask(&metrics, "/v1/executions").await.0, 404);
    assert_eq!(ask(&metrics, "/healthz").await.0, 404);
    assert_eq!(ask(&api, "/healthz").await.0, 200);
    let (status, page) = ask(&metrics, "/metrics").await;
    assert_eq!(status, 200);
    let health = [("method", "GET"), ("route", "/healthz"), ("status", "200")];
    let samples = parse_prometheus(&page).unwrap();
    assert_eq!(value(&samples, "runledger_http_request_duration_seconds", &health), 1.0);
}
