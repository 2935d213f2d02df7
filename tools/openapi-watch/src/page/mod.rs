//! The page: Swagger UI on the present document, the findings beside it, and a proxy to a demo.

use std::{
    convert::Infallible,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderValue, Request, StatusCode, Uri, header},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
    routing::get,
};
use futures_util::{Stream, stream};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::{Value, json};
use tokio::sync::watch;
use utoipa_swagger_ui::Config;

use crate::{round::DOCUMENT, state::State as WatchState};

/// Scripts and requests of this origin only. Swagger UI sets styles in its elements and shows
/// images from `data:`.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

#[derive(Clone)]
struct Page {
    root: PathBuf,
    state: Arc<watch::Sender<Arc<WatchState>>>,
    client: Client<HttpConnector, Body>,
}

/// The page and everything that it requests. Paths below `/v1/` are forwarded to the server that
/// the document names.
pub fn router(root: &Path, state: Arc<watch::Sender<Arc<WatchState>>>) -> Router {
    let client = Client::builder(TokioExecutor::new()).build_http();
    Router::new()
        .route("/", get(|| async { asset("text/html; charset=utf-8", include_str!("watch.html")) }))
        .route("/watch.js", get(|| async { asset("text/javascript", include_str!("watch.js")) }))
        .route("/watch.css", get(|| async { asset("text/css", include_str!("watch.css")) }))
        .route("/openapi.json", get(document))
        .route("/events", get(events))
        .route("/swagger/{*path}", get(swagger))
        .route("/v1/{*path}", axum::routing::any(forward))
        .layer(axum::middleware::from_fn(require_local_host))
        .with_state(Page { root: root.to_owned(), state, client })
}

/// Refuses requests whose `Host` is not this machine: a page whose domain resolves to this address
/// must not reach the demo (DNS rebinding).
async fn require_local_host(request: Request<Body>, next: axum::middleware::Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let name = host.map(|host| host.rsplit_once(':').map_or(host, |(name, _)| name));
    if name.is_some_and(|name| ["127.0.0.1", "localhost", "[::1]"].contains(&name)) {
        return next.run(request).await;
    }
    (StatusCode::FORBIDDEN, "this page is available at 127.0.0.1 only").into_response()
}

fn asset(content_type: &'static str, text: &'static str) -> Response {
    let policy = HeaderValue::from_static(POLICY);
    let headers = [(header::CONTENT_SECURITY_POLICY, policy)];
    (headers, [(header::CONTENT_TYPE, content_type)], text).into_response()
}

async fn document(State(page): State<Page>) -> Response {
    match fs::read_to_string(page.root.join(DOCUMENT)) {
        Ok(text) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Err(error) => (StatusCode::NOT_FOUND, format!("{}: {error}", DOCUMENT)).into_response(),
    }
}

/// The state, now and whenever it changes.
async fn events(State(page): State<Page>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut receiver = page.state.subscribe();
    receiver.mark_changed();
    let events = stream::unfold(receiver, |mut receiver| async {
        receiver.changed().await.ok()?;
        let state = Arc::clone(&receiver.borrow_and_update());
        let event = Event::default().json_data(&*state).unwrap_or_default();
        Some((Ok(event), receiver))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

async fn swagger(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches("/swagger/");
    match utoipa_swagger_ui::serve(path, Arc::new(Config::from("/openapi.json"))) {
        Ok(Some(file)) => ([(header::CONTENT_TYPE, file.content_type)], file.bytes).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Forwards a request to the server that the document names: a browser lets the page send requests
/// to its own origin only.
async fn forward(State(page): State<Page>, mut request: Request<Body>) -> Response {
    let text = fs::read_to_string(page.root.join(DOCUMENT)).unwrap_or_default();
    let document: Value = serde_json::from_str(&text).unwrap_or_default();
    let server = document["servers"][0]["url"].as_str().unwrap_or_default().to_owned();
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let Ok(uri) = format!("{server}{target}").parse() else {
        return no_server(&server);
    };
    *request.uri_mut() = uri;
    request.headers_mut().remove(header::HOST);
    match page.client.request(request).await {
        Ok(response) => response.map(Body::new),
        Err(_) => no_server(&server),
    }
}

fn no_server(server: &str) -> Response {
    let error = format!("No server responds at {server}; type: cargo run --release -- demo");
    (StatusCode::BAD_GATEWAY, axum::Json(json!({ "error": error }))).into_response()
}
