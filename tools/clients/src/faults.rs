//! A fault-injecting proxy: it changes the response of one step, so that a program that does not
//! check its responses is found.

use std::{
    collections::HashMap,
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

use anyhow::{Result, bail, ensure};
use axum::{
    Router,
    body::Body,
    extract::State,
    http::{Method, Request, Response, StatusCode, header},
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::{Value, json};

use crate::{
    environment::Environment,
    outcome,
    scenario::{STEPS, steps_done},
};

/// Injects one fault into each step; the program must complete the steps before it, and fail there.
///
/// # Errors
/// At the first fault that the program does not notice, or where it fails too early.
pub fn run(environment: &Environment, server: &str) -> Result<()> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    for (position, step) in STEPS.iter().enumerate() {
        let proxy = runtime.block_on(FaultProxy::start(server, step))?;
        let Err(error) = outcome::run_program(environment, &proxy) else {
            bail!("a fault in the step `{step}` was not noticed");
        };
        let done = steps_done(&environment.output("run"));
        ensure!(
            done == STEPS[..position],
            "with a fault in the step `{step}`, the program ended after {done:?}:\n{error:#}"
        );
    }
    Ok(())
}

/// A proxy between the client and the server.
struct FaultProxy {
    server: String,
    step: &'static str,
    client: Client<HttpConnector, Body>,
    /// How often each run was recorded.
    recordings: Mutex<HashMap<String, u32>>,
}

impl FaultProxy {
    /// Listens on a free port until the runtime ends; returns the URL.
    async fn start(server: &str, step: &'static str) -> Result<String> {
        let proxy = Self {
            server: server.to_owned(),
            step,
            client: Client::builder(TokioExecutor::new()).build_http(),
            recordings: Mutex::default(),
        };
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let router = Router::new().fallback(forward_or_502).with_state(Arc::new(proxy));
        tokio::spawn(async { axum::serve(listener, router).await });
        Ok(url)
    }

    /// Changes the response where the request belongs to the step.
    fn inject(&self, request: &RequestFacts, status: &mut StatusCode, response: &mut Value) {
        let has = |text: &str| request.uri.contains(text);
        let is_get = request.method == Method::GET;
        let is_list = is_get && request.uri.split('?').next() == Some("/v1/executions");
        let is_put = request.method == Method::PUT;
        let is_ok = status.is_success();
        let count = |response: &Value| response["steps"].as_array().map_or(0, Vec::len);
        match self.step {
            "list" if is_list => response["limit"] = json!(21),
            "filters" if is_list && has("status=FAILED") => response["failed"] = json!(29),
            "pages" if is_list && has("page=3") => {
                drop(response["items"].as_array_mut().map(Vec::pop));
            }
            "nulls" if is_list && has("status=PENDING") => {
                response["items"][0]["duration"] = json!(0.0);
            }
            "steps" if is_get && has("/run_def456") => {
                response["steps"][1]["duration"] = json!(1.3);
            }
            "invalid" if *status == StatusCode::BAD_REQUEST => response["code"] = json!("OTHER"),
            "unauthorized" if *status == StatusCode::UNAUTHORIZED => {
                response["code"] = json!("OTHER");
            }
            "missing" if *status == StatusCode::NOT_FOUND => response["error"] = json!("Not found"),
            "record" if is_put && is_ok && count(response) == 2 => {
                response["finished_at"] = json!("2025-03-01T08:00:02Z");
            }
            "put back" if is_put && is_ok && request.recordings == 2 => {
                response["steps"][1]["attempt"] = json!(3);
            }
            "conflict" if *status == StatusCode::CONFLICT => response["error"] = json!("No"),
            "batch" if has("/batch") => response["items"][1]["outcome"] = json!("RECORDED"),
            "escaped id" if is_ok && response["id"].as_str().is_some_and(|id| id.contains('%')) => {
                response["id"] = json!("another");
            }
            "500 steps" if is_get && is_ok && count(response) == 500 => {
                if let Some(steps) = response["steps"].as_array_mut() {
                    steps.swap(498, 499);
                }
            }
            "range" if is_list && has("created_after=") => response["total"] = json!(47),
            "statuses" if is_list && has("statuses") => response["failed"] = json!(29),
            "walk" if is_list && has("cursor=") && response["next_cursor"].is_null() => {
                drop(response["items"].as_array_mut().map(Vec::pop));
            }
            "histogram" if has("/v1/histogram") => response["buckets"][4]["failed"] = json!(6),
            "workflows" if has("/v1/workflows") => {
                response["items"][0]["p95_duration"] = json!(15.6);
            }
            "delete" if request.method == Method::DELETE => {
                *status = StatusCode::INTERNAL_SERVER_ERROR;
                *response = json!({ "error": "The run was not deleted" });
            }
            "changes" if has("/v1/changes") => {
                for change in response["items"].as_array_mut().into_iter().flatten() {
                    change["deleted"] = json!(false);
                }
            }
            "update" if request.method == Method::PATCH && *status == StatusCode::OK => {
                response["heartbeat_timeout"] = json!(60);
            }
            "optional fields" if is_put && is_ok && response["triggered_by"].is_string() => {
                response["steps"][0]["iteration"] = json!(3);
            }
            "attempts" if is_get && has("attempt=1") => response["status"] = json!("CANCELLED"),
            "metadata" if is_list && has("metadata=") => response["total"] = json!(2),
            "conditions" if *status == StatusCode::PRECONDITION_FAILED => {
                response["error"] = json!("No");
            }
            _ => {}
        }
    }
}

/// What decides whether a request belongs to a step.
struct RequestFacts {
    method: Method,
    uri: String,
    /// How often the run was recorded, this request included.
    recordings: u32,
}

async fn forward_or_502(
    State(proxy): State<Arc<FaultProxy>>,
    request: Request<Body>,
) -> Response<Body> {
    forward(&proxy, request).await.unwrap_or_else(|error| {
        let mut response = Response::new(Body::from(format!("{error:#}")));
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        response
    })
}

async fn forward(proxy: &FaultProxy, mut request: Request<Body>) -> Result<Response<Body>> {
    let uri = request.uri().path_and_query().map_or("/", |uri| uri.as_str()).to_owned();
    let method = request.method().clone();
    *request.uri_mut() = format!("{}{uri}", proxy.server).parse()?;
    request.headers_mut().remove(header::HOST);
    request.headers_mut().remove(header::ACCEPT_ENCODING);
    let response = proxy.client.request(request).await?;
    let mut status = response.status();
    let tag = response.headers().get(header::ETAG).cloned();
    let body = axum::body::to_bytes(Body::new(response.into_body()), usize::MAX).await?;
    // A deletion has no content.
    let mut json = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body)? };
    let mut recordings = 0;
    if method == Method::PUT
        && let Ok(mut counts) = proxy.recordings.lock()
    {
        let count = counts.entry(uri.clone()).or_default();
        *count += 1;
        recordings = *count;
    }
    proxy.inject(&RequestFacts { method, uri, recordings }, &mut status, &mut json);
    let mut response = Response::builder().status(status);
    if let Some(tag) = tag {
        response = response.header(header::ETAG, tag);
    }
    if json.is_null() {
        return Ok(response.body(Body::empty())?);
    }
    let response = response.header(header::CONTENT_TYPE, "application/json");
    Ok(response.body(Body::from(json.to_string()))?)
}
