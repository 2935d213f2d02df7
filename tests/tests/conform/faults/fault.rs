//! A fault and its injection.

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{Method, header},
    middleware::{Next, from_fn},
    response::Response,
};
use serde_json::Value;

const JSON: &str = "application/json";
/// How the ids of runs end whose bodies the server must refuse.
const REFUSED: [&str; 2] = ["-bad", "-nonsense"];

/// A fault of a server.
pub struct Fault {
    /// What is wrong.
    pub name: &'static str,
    /// The ids of the claims that must fail, in the order of the suite.
    pub fails: &'static [&'static str],
    pub effect: Effect,
}

/// What the layer does.
pub enum Effect {
    /// Changes the request.
    ChangeRequest(fn(&mut Request)),
    /// Changes the body of the request, if it is JSON.
    ChangeRequestBody(fn(&RequestLine, &mut Value)),
    /// Changes the body of the response, if it is JSON.
    ChangeBody(fn(&RequestLine, &mut Value)),
    /// Changes the response.
    ChangeResponse(fn(&RequestLine, &mut Response)),
    /// Responds instead of the router.
    Replace(fn(&RequestLine) -> Option<Response>),
}

/// The request as it was received.
pub struct RequestLine {
    pub method: Method,
    pub path: String,
    pub query: String,
}

/// The router with a fault.
pub fn inject(router: Router, fault: &'static Fault) -> Router {
    router.layer(from_fn(move |request: Request, next: Next| handle(fault, request, next)))
}

impl RequestLine {
    pub fn is_list(&self) -> bool {
        self.path == "/v1/executions"
    }

    pub fn is_unfiltered_list(&self) -> bool {
        let query = self.query.replace("status=all", "");
        let filters = ["status=", "statuses=", "workflow_id=", "created_", "metadata="];
        self.is_list() && !filters.iter().any(|filter| query.contains(filter))
    }

    pub fn has_cursor(&self) -> bool {
        self.query.split('&').any(|parameter| parameter.starts_with("cursor="))
    }

    pub fn is_run(&self) -> bool {
        self.path.starts_with("/v1/executions/") && !self.path.ends_with("/batch")
    }
}

async fn handle(fault: &Fault, mut request: Request, next: Next) -> Response {
    let line = RequestLine {
        method: request.method().clone(),
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or_default().to_owned(),
    };
    match fault.effect {
        Effect::ChangeRequest(change) => {
            change(&mut request);
            next.run(request).await
        }
        // A body that is too large is announced, and never sent.
        Effect::ChangeRequestBody(_) if !REFUSED.iter().any(|end| line.path.ends_with(end)) => {
            next.run(request).await
        }
        Effect::ChangeRequestBody(change) => {
            let (mut parts, body) = request.into_parts();
            let bytes = to_bytes(body, usize::MAX).await.unwrap();
            let bytes = match serde_json::from_slice::<Value>(&bytes) {
                Ok(mut body) => {
                    change(&line, &mut body);
                    parts.headers.remove(header::CONTENT_LENGTH);
                    body.to_string().into()
                }
                Err(_) => bytes,
            };
            next.run(Request::from_parts(parts, Body::from(bytes))).await
        }
        Effect::ChangeBody(change) => {
            let response = next.run(request).await;
            if response.headers().get(header::CONTENT_TYPE).is_some_and(|it| it != JSON) {
                // A stream of events does not end.
                return response;
            }
            let (mut parts, body) = response.into_parts();
            let bytes = to_bytes(body, usize::MAX).await.unwrap();
            let Ok(mut body) = serde_json::from_slice::<Value>(&bytes) else {
                return Response::from_parts(parts, Body::from(bytes));
            };
            if !(line.is_list() && parts.status != 200) {
                change(&line, &mut body);
            }
            parts.headers.remove(header::CONTENT_LENGTH);
            Response::from_parts(parts, Body::from(body.to_string()))
        }
        Effect::ChangeResponse(change) => {
            let mut response = next.run(request).await;
            change(&line, &mut response);
            response
        }
        Effect::Replace(respond) => match respond(&line) {
            Some(response) => response,
            None => next.run(request).await,
        },
    }
}

pub fn rewrite_query(request: &mut Request, from: &str, to: &str) {
    let uri = request.uri().to_string().replace(from, to);
    *request.uri_mut() = uri.parse().unwrap();
}

/// Removes a parameter from the query.
pub fn ignore_parameter(request: &mut Request, parameter: &str) {
    let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
    let others: Vec<_> = query.split('&').filter(|pair| !pair.starts_with(parameter)).collect();
    *request.uri_mut() = format!("{path}?{}", others.join("&")).parse().unwrap();
}

/// A response with all documented header fields.
pub fn response_with(status: u16, body: &str) -> Response {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, JSON)
        .header("x-request-id", "injected")
        .body(Body::from(body.to_owned()))
        .unwrap()
}
