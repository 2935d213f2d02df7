//! A server that lies in one point at a time, so that a program that does not look is found out.

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

use super::{
    manifest::SetUp,
    scenario::{STEPS, steps_done},
    trial,
    workshop::Workshop,
};

/// Tells a client one lie in each step; its program must go as far as the step before, and no further.
///
/// # Errors
/// At the first lie that the program does not notice, or where it ends too early.
pub fn run(set_up: &SetUp, workshop: &Workshop, server: &str) -> Result<()> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    for (at, step) in STEPS.iter().enumerate() {
        let liar = runtime.block_on(Liar::start(server, step))?;
        let Err(error) = trial::type_run(set_up, workshop, &liar) else {
            bail!("a lie in the step `{step}` was not noticed");
        };
        let done = steps_done(&workshop.said("run"));
        ensure!(
            done == STEPS[..at],
            "a lie in the step `{step}` ended it after {done:?}:\n{error:#}"
        );
    }
    Ok(())
}

/// What stands between the client and the server.
struct Liar {
    server: String,
    step: &'static str,
    client: Client<HttpConnector, Body>,
    /// How often each run was recorded.
    recorded: Mutex<HashMap<String, u32>>,
}

impl Liar {
    /// Listens on a free port until the runtime ends; answers the address.
    async fn start(server: &str, step: &'static str) -> Result<String> {
        let liar = Self {
            server: server.to_owned(),
            step,
            client: Client::builder(TokioExecutor::new()).build_http(),
            recorded: Mutex::default(),
        };
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let router = Router::new().fallback(pass_on).with_state(Arc::new(liar));
        tokio::spawn(async { axum::serve(listener, router).await });
        Ok(url)
    }

    /// Changes the answer where the step asks for what this request asks for.
    fn lie(&self, asked: &Asked, status: StatusCode, answer: &mut Value) {
        let has = |text: &str| asked.uri.contains(text);
        let is_get = asked.method == Method::GET;
        let is_list = is_get && !has("/v1/executions/");
        let is_put = asked.method == Method::PUT;
        let is_ok = status.is_success();
        let has_two_steps = || answer["steps"].as_array().is_some_and(|steps| steps.len() == 2);
        match self.step {
            "list" if is_list => answer["limit"] = json!(21),
            "filters" if is_list && has("status=FAILED") => answer["failed"] = json!(29),
            "pages" if is_list && has("page=3") => {
                drop(answer["items"].as_array_mut().map(Vec::pop))
            }
            "nulls" if is_list && has("status=PENDING") => {
                answer["items"][0]["duration"] = json!(0.0)
            }
            "steps" if is_get && has("/run_def456") => answer["steps"][1]["duration"] = json!(1.3),
            "invalid" if status == StatusCode::BAD_REQUEST => answer["code"] = json!("OTHER"),
            "unauthorized" if status == StatusCode::UNAUTHORIZED => answer["code"] = json!("OTHER"),
            "missing" if status == StatusCode::NOT_FOUND => answer["error"] = json!("Not found"),
            "record" if is_put && is_ok && has_two_steps() => {
                answer["finished_at"] = json!("2025-03-01T08:00:02Z");
            }
            "put back" if is_put && is_ok && asked.times == 2 => {
                answer["steps"][1]["attempt"] = json!(3)
            }
            "conflict" if status == StatusCode::CONFLICT => answer["error"] = json!("No"),
            "batch" if has("/batch") => answer["items"][1]["outcome"] = json!("RECORDED"),
            "odd id" if is_ok && answer["id"].as_str().is_some_and(|id| id.contains('%')) => {
                answer["id"] = json!("another");
            }
            "500 steps" if is_get && is_ok => {
                if let Some(steps) =
                    answer["steps"].as_array_mut().filter(|steps| steps.len() == 500)
                {
                    steps.swap(498, 499);
                }
            }
            _ => {}
        }
    }
}

/// What was asked for.
struct Asked {
    method: Method,
    uri: String,
    /// How often this was recorded by now.
    times: u32,
}

async fn pass_on(State(liar): State<Arc<Liar>>, request: Request<Body>) -> Response<Body> {
    answer(&liar, request).await.unwrap_or_else(|error| {
        let mut response = Response::new(Body::from(format!("{error:#}")));
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        response
    })
}

async fn answer(liar: &Liar, request: Request<Body>) -> Result<Response<Body>> {
    let uri = request.uri().path_and_query().map_or("/", |uri| uri.as_str()).to_owned();
    let method = request.method().clone();
    let mut request = request;
    *request.uri_mut() = format!("{}{uri}", liar.server).parse()?;
    request.headers_mut().remove(header::HOST);
    request.headers_mut().remove(header::ACCEPT_ENCODING);
    let got = liar.client.request(request).await?;
    let status = got.status();
    let body = axum::body::to_bytes(Body::new(got.into_body()), usize::MAX).await?;
    let mut answer = serde_json::from_slice(&body)?;
    let mut times = 0;
    if method == Method::PUT
        && let Ok(mut recorded) = liar.recorded.lock()
    {
        let count = recorded.entry(uri.clone()).or_default();
        *count += 1;
        times = *count;
    }
    liar.lie(&Asked { method, uri, times }, status, &mut answer);
    let response =
        Response::builder().status(status).header(header::CONTENT_TYPE, "application/json");
    Ok(response.body(Body::from(answer.to_string()))?)
}
