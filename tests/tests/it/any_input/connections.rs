//! Connections: incomplete, contradictory and pipelined requests, and arbitrary bytes.

use proptest::{collection::vec, prelude::*, sample::select};
use runledger_tests::{server::Server, spec};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::bodies::{Raw, any_body, damage};

/// The bytes that are written on a connection, piece by piece.
#[derive(Clone, Debug)]
pub struct AnyConnection {
    pieces: Vec<Raw>,
    /// Whether the client closes the connection without reading the responses.
    dropped: bool,
}

const GOOD: &[u8] = b"GET /v1/executions/run_def456 HTTP/1.1\r\nhost: a\r\n\
                      authorization: Token your-api-key-here\r\n\r\n";

/// Writes the bytes, checks the responses and returns their statuses. A valid request on another
/// connection then succeeds.
pub async fn check(server: &Server, any: &AnyConnection) -> Vec<u16> {
    let mut connection = TcpStream::connect(server.address).await.unwrap();
    for piece in &any.pieces {
        // The server may have closed already.
        let _ = connection.write_all(&piece.0).await;
    }
    let mut response = Vec::new();
    if !any.dropped {
        let _ = connection.shutdown().await;
        let _ = connection.read_to_end(&mut response).await;
    }
    drop(connection);
    let good = server.exchange(GOOD).await;
    assert!(good.starts_with(b"HTTP/1.1 200 OK\r\n"), "{}", good.escape_ascii());
    let written: Vec<u8> = any.pieces.iter().flat_map(|piece| piece.0.clone()).collect();
    let speaks_http_2 = written.starts_with(HTTP_2);
    if speaks_http_2 { Vec::new() } else { checked(&response) }
}

/// Any connection.
pub fn any_connection() -> impl Strategy<Value = AnyConnection> {
    let first = prop_oneof![
        12 => vec(any_message(), 1..4).prop_map(|all| all.concat()),
        1 => any_http_2(),
        1 => vec(any::<u8>(), 0..2000),
    ];
    let damage = damage();
    let dropped = prop_oneof![5 => Just(false), 1 => Just(true)];
    (first, damage, 1usize..2000, dropped).prop_map(|(bytes, damage, size, dropped)| {
        let bytes = damage.done_to(bytes);
        let pieces = bytes.chunks(size.max(bytes.len() / 20 + 1)).map(|piece| Raw(piece.to_vec()));
        // A connection on which nothing is ever said, too.
        let pieces = pieces.chain([Raw(Vec::new())]).collect();
        AnyConnection { pieces, dropped }
    })
}

/// A message whose parts may contradict each other.
fn any_message() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![4 => select(LINES), 1 => select(UNUSUAL_LINES)];
    let end = prop_oneof![20 => Just("\r\n"), 1 => Just("\n"), 1 => Just("\r")];
    let unusual = prop_oneof![
        4 => Just(String::new()),
        1 => vec(select(UNUSUAL_FIELDS), 1..3).prop_map(|fields| fields.join("\r\n") + "\r\n"),
    ];
    (line, end, unusual, any_content()).prop_map(|(line, end, unusual, content)| {
        let fields =
            ["host: a", "authorization: Token your-api-key-here", "content-type: application/json"];
        let head = format!("{line}{end}{}{end}{unusual}", fields.join(end));
        [head.as_bytes(), &content].concat()
    })
}

const LINES: &[&str] = &[
    "GET /v1/executions?limit=1 HTTP/1.1",
    "PUT /v1/executions/a1 HTTP/1.1",
    "PUT /v1/executions/run_def456 HTTP/1.1",
    "POST /v1/executions/batch HTTP/1.1",
    "PUT /v1/executions/a1 HTTP/1.0",
];

const UNUSUAL_LINES: &[&str] = &[
    "GET /v1/executions HTTP/2.0",
    "GET /v1/executions HTTP/1.99",
    "GET  /v1/executions HTTP/1.1",
    "GET /healthz",
    "get /healthz http/1.1",
    "OPTIONS * HTTP/1.1",
    "CONNECT a:80 HTTP/1.1",
    "GET http://a/healthz HTTP/1.1",
    "GET /\u{0} HTTP/1.1",
    "GET /é HTTP/1.1",
    "",
    " ",
    "POST /v1/executions/batch",
];

const UNUSUAL_FIELDS: &[&str] = &[
    "content-length: 0",
    "content-length: 5",
    "content-length: -1",
    "content-length: 1, 1",
    "content-length: 99999999999999999999",
    "transfer-encoding: chunked",
    "transfer-encoding: gzip, chunked",
    "transfer-encoding: identity",
    "transfer-encoding: ,",
    "expect: 100-continue",
    "expect: x",
    "connection: close",
    "connection: upgrade\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__",
    "upgrade: websocket",
    "content-encoding: gzip",
    "content-encoding: zstd",
    "host: b",
    "no colon",
    ": no name",
    " folded",
    "a b: c",
    "nul: \u{0}",
    "x-request-id: é",
    "authorization: Token other",
];

/// The end of the header section, a body, and a statement of its length.
fn any_content() -> impl Strategy<Value = Vec<u8>> {
    let length = prop_oneof![4 => Just(0), 1 => -20i64..20, 1 => Just(1 << 40)];
    let measured = (any_body(), length).prop_map(|(body, by)| {
        let length = (body.0.len() as i64 + by).max(0);
        [format!("content-length: {length}\r\n\r\n").as_bytes(), &body.0].concat()
    });
    let size = prop_oneof![
        80 => Just(None),
        1 => select(&[
            "", " ", "zz", "-1", "0", "1", "+5", "0x5", "ffffffffffffffff", "fffffffffffffffff",
            "5;x=y", "5 ; \"", "00000000005",
        ][..]).prop_map(Some),
    ];
    let chunked = (any_body(), 1usize..500, vec(size, 20), select(LAST_CHUNKS)).prop_map(
        |(body, length, sizes, last)| {
            let mut content = b"transfer-encoding: chunked\r\n\r\n".to_vec();
            let length = length.max(body.0.len() / 20 + 1);
            for (chunk, size) in body.0.chunks(length).zip(sizes) {
                let size = size.map_or_else(|| format!("{:x}", chunk.len()), str::to_owned);
                content.extend([size.as_bytes(), b"\r\n", chunk, b"\r\n"].concat());
            }
            content.extend(last.as_bytes());
            content
        },
    );
    prop_oneof![1 => Just(b"\r\n".to_vec()), 4 => measured, 4 => chunked]
}

const LAST_CHUNKS: &[&str] = &[
    "0\r\n\r\n",
    "0\r\n\r\n",
    "0\r\n\r\n",
    "0\r\n\r\n",
    "0\r\n",
    "",
    "0\n\n",
    "0\r\ntrailer: x\r\n\r\n",
    "0\r\nno colon\r\n\r\n",
];

/// What an HTTP/2 connection begins with.
const HTTP_2: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// HTTP/2's first bytes, and frames of any type, length and content.
fn any_http_2() -> impl Strategy<Value = Vec<u8>> {
    let stream = select(vec![0u32, 1, 2, 3, u32::MAX]);
    let frame = (0u8..12, any::<u8>(), stream, vec(any::<u8>(), 0..60), -2i32..3).prop_map(
        |(kind, flags, stream, content, by)| {
            let length = (content.len() as i32 + by.max(0)).to_be_bytes();
            let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
            [head, content].concat()
        },
    );
    (any::<bool>(), vec(frame, 0..6)).prop_map(|(settled, frames)| {
        let settings: &[u8] = if settled { &[0, 0, 0, 4, 0, 0, 0, 0, 0] } else { &[] };
        [HTTP_2, settings, &frames.concat()].concat()
    })
}

/// The statuses of consecutive responses; the last may be incomplete.
fn checked(mut responses: &[u8]) -> Vec<u16> {
    let mut statuses = Vec::new();
    while !responses.is_empty() {
        let shown = responses.escape_ascii().to_string();
        let end = responses.windows(4).position(|w| w == b"\r\n\r\n").expect(&shown) + 4;
        let (head, rest) = responses.split_at(end);
        let head = String::from_utf8_lossy(head).to_lowercase();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect(&shown);
        assert!(head.starts_with("http/1.") && status < 500, "{shown}");
        let field = |name| head.split(&format!("\r\n{name}: ")).nth(1)?.split("\r\n").next();
        let length = match field("content-length") {
            Some(length) => length.parse().expect(&shown),
            None if status < 200 => 0,
            None => panic!("of no length: {shown}"),
        };
        let body = &rest[..rest.len().min(length)];
        if status >= 400 && body.len() == length {
            match field("x-request-id") {
                Some(_) => check_error(body),
                // hyper's own, which ends a connection that does not speak HTTP.
                None => assert!(length == 0 && field("connection") == Some("close"), "{shown}"),
            }
        }
        statuses.push(status);
        responses = &rest[body.len()..];
    }
    statuses
}

fn check_error(body: &[u8]) {
    let error: Value = serde_json::from_slice(body).expect("JSON");
    let schema = json!({ "$ref": "#/components/schemas/ErrorResponse" });
    assert_eq!(spec::violations(&schema, &error), [""; 0]);
}
