//! Requests with any method, path, query, headers and body.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Method, Request, Uri},
};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use proptest::{collection::vec, prelude::*, sample::select};

use super::{
    bodies::{Raw, any_encoded_body},
    headers::{any_header, authorization, content_type, header_value},
    ids::IDS,
};

/// A request that can be built, and is shown where it fails.
#[derive(Clone, Debug)]
pub struct AnyRequest {
    pub method: Method,
    pub target: Uri,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Raw,
    arrives: Arrival,
}

/// How a body arrives.
#[derive(Clone, Debug)]
enum Arrival {
    AtOnce,
    InPieces(usize),
    BreaksOff,
}

/// Any request; for most, the body is read.
pub fn any_request() -> impl Strategy<Value = AnyRequest> {
    let arrives = prop_oneof![
        8 => Just(Arrival::AtOnce),
        1 => (1usize..100).prop_map(Arrival::InPieces),
        1 => Just(Arrival::BreaksOff),
    ];
    let headers = (authorization(), content_type(), vec(any_header(), 0..4));
    (aim(), headers, any_encoded_body(), arrives).prop_map(
        |((method, target), (authorization, content_type, more), (encoding, body), arrives)| {
            let mut headers = more;
            let mut add = |name: &'static str, value: Vec<u8>| {
                headers.push((HeaderName::from_static(name), header_value(value)));
            };
            authorization.into_iter().for_each(|value| add("authorization", value));
            content_type.into_iter().for_each(|value| add("content-type", value));
            encoding.into_iter().for_each(|value| add("content-encoding", value.into()));
            AnyRequest { method, target, headers, body, arrives }
        },
    )
}

impl AnyRequest {
    /// As the router takes it.
    pub fn to_http(&self) -> Request<Body> {
        let bytes = self.body.0.clone();
        let pieces = |size: usize| bytes.chunks(size.max(1)).map(|piece| Ok(piece.to_vec()));
        let body = match self.arrives {
            Arrival::AtOnce => Body::from(bytes.clone()),
            Arrival::InPieces(size) => {
                let pieces: Vec<Result<_, std::io::Error>> = pieces(size).collect();
                Body::from_stream(futures_util::stream::iter(pieces))
            }
            Arrival::BreaksOff => {
                let broken = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
                let pieces: Vec<_> = pieces(50).chain([Err(broken)]).collect();
                Body::from_stream(futures_util::stream::iter(pieces))
            }
        };
        let mut request = Request::new(body);
        request.method_mut().clone_from(&self.method);
        request.uri_mut().clone_from(&self.target);
        request.headers_mut().extend(self.headers.clone());
        request
    }
}

/// A method and what it is for; most fit together.
fn aim() -> impl Strategy<Value = (Method, Uri)> {
    let known = select(vec![
        Method::GET,
        Method::HEAD,
        Method::PUT,
        Method::POST,
        Method::OPTIONS,
        Method::DELETE,
        Method::PATCH,
        Method::TRACE,
        Method::CONNECT,
    ]);
    let other = "[A-Za-z!#$%&'*+.^_`|~0-9-]{1,20}"
        .prop_map(|name| Method::from_bytes(name.as_bytes()).unwrap());
    let batch = Just("/v1/executions/batch".to_owned());
    let list = any_query().prop_map(|query| format!("/v1/executions?{query}"));
    prop_oneof![
        3 => list.prop_map(|target| (Method::GET, uri(&target))),
        3 => run_path().prop_map(|target| (Method::GET, uri(&target))),
        8 => run_path().prop_map(|target| (Method::PUT, uri(&target))),
        5 => batch.prop_map(|target| (Method::POST, uri(&target))),
        5 => (prop_oneof![4 => known, 1 => other], any_path(), any_query())
            .prop_map(|(method, path, query)| (method, uri(&format!("{path}?{query}")))),
    ]
}

/// Text that is not a URI is percent-encoded, and cut to the maximum length of a URI.
fn uri(text: &str) -> Uri {
    text.parse().unwrap_or_else(|_| {
        let mut encoded = format!("/{}", percent_encode(text.as_bytes(), NON_ALPHANUMERIC));
        encoded.truncate(60_000);
        encoded.parse().unwrap()
    })
}

fn run_path() -> impl Strategy<Value = String> {
    let any_id = prop_oneof![
        5 => select(IDS).prop_map(|id| percent_encode(id.as_bytes(), NON_ALPHANUMERIC).to_string()),
        1 => "(%[0-9A-Fa-f]{2}|[a-zA-Z0-9._~!$&'()*+,;=:@%-]){1,30}",
        1 => vec(any::<u8>(), 0..300).prop_map(encoded),
    ];
    any_id.prop_map(|id| format!("/v1/executions/{id}"))
}

fn encoded(bytes: Vec<u8>) -> String {
    percent_encode(&bytes, NON_ALPHANUMERIC).to_string()
}

fn any_path() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => run_path(),
        3 => select(PATHS).prop_map(str::to_owned),
        1 => any::<String>().prop_map(|path| format!("/{path}")),
        1 => any::<String>(),
        1 => (1usize..30_000).prop_map(|n| "/".repeat(n)),
    ]
}

const PATHS: &[&str] = &[
    "/",
    "*",
    "//",
    "/v1",
    "/v1/executions",
    "/v1/executions/",
    "/v1/executions/a/b",
    "/v1/executions/batch",
    "/v1/executions/..",
    "/v1//executions",
    "/V1/EXECUTIONS",
    "/v1/%65xecutions",
    "http://elsewhere/v1/executions",
    "elsewhere:80",
    "/docs",
    "/docs/",
    "/docs/index.html",
    "/docs/../openapi.json",
    "/docs/%2e%2e/%2e%2e/etc/passwd",
    "/docs/%FF",
    "/docs/swagger-ui.css",
    "/docs/swagger-initializer.js",
    "/openapi.json",
    "/openapi-3.0.json",
    "/healthz",
    "/readyz",
    "/readyz/",
];

fn any_query() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        6 => select(&["page", "limit", "status", "workflow_id", "p%61ge", "other"][..])
            .prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    let value = prop_oneof![
        4 => select(QUERY_VALUES).prop_map(str::to_owned),
        1 => any::<i64>().prop_map(|n| n.to_string()),
        1 => "\\PC{0,80}".prop_map(|s| percent_encode(s.as_bytes(), NON_ALPHANUMERIC).to_string()),
        1 => "[a-zA-Z0-9%+&=;/?:@!$'()*,-]{0,30}",
        1 => vec(any::<u8>(), 0..300).prop_map(encoded),
    ];
    let pair = (name, value).prop_map(|(name, value)| format!("{name}={value}"));
    prop_oneof![
        8 => vec(pair, 0..4).prop_map(|pairs| pairs.join("&")),
        1 => any::<String>(),
        1 => (0usize..3000).prop_map(|n| "limit=1&".repeat(n)),
    ]
}

const QUERY_VALUES: &[&str] = &[
    "",
    "0",
    "1",
    "2",
    "20",
    "100",
    "101",
    "-1",
    "007",
    "1.0",
    "1e2",
    "2147483647",
    "2147483648",
    "99999999999999999999999",
    "%31",
    "%",
    "%F",
    "%FF",
    "%00",
    "+1",
    "%2B1",
    "all",
    "ALL",
    "SUCCEEDED",
    "FAILED",
    "RUNNING",
    "workflow_abc123",
    "true",
    "null",
    "[]",
];
