//! The id of a request, which is the client's or generated, and the log entry of each request. The
//! response and every log entry carry the id.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use axum::{
    extract::MatchedPath,
    http::{HeaderName, HeaderValue, Method, Request, Response},
};
use tower::{Layer, Service};
use tracing::{Instrument, Span};
use uuid::Uuid;

use crate::metrics::Metrics;

/// The maximum length of an id from a client, in bytes.
const MAX_ID_BYTES: usize = 128;
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Adds request ids and a log entry per request, and counts requests.
#[derive(Clone, Default)]
pub struct RequestIdLayer(pub Arc<Metrics>);

/// A service with request ids and a log entry per request.
#[derive(Clone)]
pub struct WithRequestId<S> {
    service: S,
    metrics: Arc<Metrics>,
}

impl<S> Layer<S> for RequestIdLayer {
    type Service = WithRequestId<S>;

    fn layer(&self, service: S) -> WithRequestId<S> {
        WithRequestId { service, metrics: self.0.clone() }
    }
}

impl<S, A, B> Service<Request<A>> for WithRequestId<S>
where
    S: Service<Request<A>, Response = Response<B>>,
    S::Future: Send + 'static,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<B>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        let start = Instant::now();
        let id = id_of(&request);
        let span = span(&request, &id);
        let (method, route) = (request.method().clone(), request.extensions().get().cloned());
        let metrics = self.metrics.clone();
        let response = span.in_scope(|| self.service.call(request)).instrument(span.clone());
        Box::pin(async move {
            let mut response = response.await?;
            let (status, elapsed) = (response.status(), start.elapsed());
            metrics.request(
                &method,
                route.as_ref().map_or("", MatchedPath::as_str),
                status,
                elapsed,
            );
            let (status, ms) = (status.as_u16(), elapsed.as_millis() as u64);
            span.in_scope(|| tracing::info!(status, ms, "responded"));
            response.headers_mut().insert(X_REQUEST_ID, id);
            Ok(response)
        })
    }
}

/// The id of the client, if it is a short word, since it is returned and logged; or else a new one.
fn id_of<B>(request: &Request<B>) -> HeaderValue {
    let is_word = |id: &&HeaderValue| {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(byte);
        (1..=MAX_ID_BYTES).contains(&id.len()) && id.as_bytes().iter().all(plain)
    };
    let mut ids = request.headers().get_all(X_REQUEST_ID).iter();
    match (ids.next().filter(is_word), ids.next()) {
        (Some(id), None) => id.clone(),
        _ => {
            let mut text = Uuid::encode_buffer();
            let text = Uuid::new_v4().hyphenated().encode_lower(&mut text);
            HeaderValue::from_str(text).expect("the digits of a UUID are valid in a header field")
        }
    }
}

/// The log has the route, not the path: a path is arbitrary text, and may contain a key by mistake.
fn span<B>(request: &Request<B>, id: &HeaderValue) -> Span {
    let id = id.to_str().unwrap_or_default();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    let method = match request.method() {
        known @ (&Method::GET
        | &Method::HEAD
        | &Method::PUT
        | &Method::PATCH
        | &Method::POST
        | &Method::DELETE
        | &Method::OPTIONS) => known.as_str(),
        _ => "other",
    };
    tracing::error_span!("request", id, method, route)
}
