//! Clients that send oversized requests, which must be refused, and the largest accepted request.

use std::{
    io::{self, Write},
    sync::{Arc, OnceLock},
};

use flate2::{Compression, write::GzEncoder};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{load::Behavior, scale::Scale, target::Target};

/// Bytes that are sent at a time.
const PIECE: usize = 1 << 20;

static BOMB: OnceLock<Vec<u8>> = OnceLock::new();
static BATCH: OnceLock<String> = OnceLock::new();

/// Prepares the bodies that take long to make, before the first load.
pub fn prepare(scale: Scale) {
    BOMB.get_or_init(|| zeros_in_gzip(scale.body_bytes).expect("memory"));
    BATCH.get_or_init(|| wide_runs(scale.wide_runs));
}

/// Sends a body whose `Content-Length` is too large.
pub fn content_length(target: Arc<Target>) -> Behavior {
    Box::pin(async move {
        let length = target.scale.body_bytes;
        let start = put(&target, &format!("content-length: {length}\r\n"));
        send(&target, &start, &vec![b' '; PIECE], length / PIECE as u64 + 1, b"").await;
    })
}

/// Sends a body in chunks, without its length.
pub fn chunked(target: Arc<Target>) -> Behavior {
    Box::pin(async move {
        let start = put(&target, "transfer-encoding: chunked\r\n");
        let chunk = [format!("{PIECE:x}\r\n").as_bytes(), &vec![b' '; PIECE], b"\r\n"].concat();
        let chunks = target.scale.body_bytes / PIECE as u64;
        send(&target, &start, &chunk, chunks, b"0\r\n\r\n").await;
    })
}

/// Sends a small body that decompresses to a large one.
pub fn gzip_bomb(target: Arc<Target>) -> Behavior {
    Box::pin(async move {
        let bomb = BOMB.get().expect("it is prepared");
        let fields = format!("content-encoding: gzip\r\ncontent-length: {}\r\n", bomb.len());
        send(&target, &put(&target, &fields), bomb, 1, b"").await;
    })
}

/// Sends one long header field.
pub fn long_field(target: Arc<Target>) -> Behavior {
    Box::pin(async move {
        let field = ["x: ", &"x".repeat(10_000_000), "\r\n"].concat();
        send(&target, GET, field.as_bytes(), 1, b"\r\n").await;
    })
}

/// Sends a long query.
pub fn many_parameters(target: Arc<Target>) -> Behavior {
    Box::pin(async move {
        let query = "status=all&".repeat(100_000);
        let end = b" HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
        send(&target, b"GET /v1/executions?", query.as_bytes(), 1, end).await;
    })
}

/// Sends many header fields.
pub fn many_fields(target: Arc<Target>) -> Behavior {
    Box::pin(async move {
        let fields = "x: y\r\n".repeat(100_000);
        send(&target, GET, fields.as_bytes(), 1, b"\r\n").await;
    })
}

/// Records as many steps as one body can contain.
pub fn many_steps(target: Arc<Target>) -> Behavior {
    Box::pin(async move {
        let batch = BATCH.get().expect("it is prepared");
        let length = batch.len();
        let start =
            request(&target, "POST /v1/executions/batch", &format!("content-length: {length}\r\n"));
        send(&target, &start, batch.as_bytes(), 1, b"").await;
    })
}

/// Sends a request in pieces, and reads the response meanwhile. A response must be a success, a
/// client error, or 503.
async fn send(target: &Target, start: &[u8], piece: &[u8], pieces: u64, end: &[u8]) {
    // Where the server accepts no connection, the probe fails.
    let Ok(mut connection) = TcpStream::connect(target.address).await else { return };
    let (mut reader, mut writer) = connection.split();
    let write = async {
        writer.write_all(start).await?;
        for _ in 0..pieces {
            writer.write_all(piece).await?;
        }
        writer.write_all(end).await
    };
    let mut response = Vec::new();
    // Where the server closes while more is being sent, the response may be lost.
    let _ = tokio::join!(write, reader.read_to_end(&mut response));
    let response = String::from_utf8_lossy(&response);
    let expected = ["HTTP/1.1 200 ", "HTTP/1.1 4", "HTTP/1.1 503 "];
    let is_expected = expected.iter().any(|start| response.starts_with(start));
    assert!(response.is_empty() || is_expected, "{response}");
}

/// The beginning of a request whose header section goes on.
const GET: &[u8] = b"GET /v1/executions HTTP/1.1\r\nhost: a\r\nconnection: close\r\n";

fn put(target: &Target, fields: &str) -> Vec<u8> {
    request(target, "PUT /v1/executions/x", fields)
}

/// The header section of a request with JSON content; `fields` describe its length.
fn request(target: &Target, method_and_path: &str, fields: &str) -> Vec<u8> {
    let key = &target.key;
    format!(
        "{method_and_path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\
         authorization: Token {key}\r\ncontent-type: application/json\r\n{fields}\r\n"
    )
    .into_bytes()
}

fn wide_runs(count: usize) -> String {
    let step = |number: usize| {
        json!({ "id": number.to_string(), "step_name": "s", "step_type": "PIECE",
                "status": "FAILED", "created_at": "2025-01-04T12:00:00Z" })
    };
    let steps: Vec<_> = (0..10_000).map(step).collect();
    let run = |number: usize| {
        json!({ "id": format!("wide {number}"), "workflow_id": "w", "version_id": "v",
                "version_display_name": "", "type": "TEST", "status": "FAILED",
                "created_at": "2025-01-04T12:00:00Z", "steps": steps })
    };
    json!({ "items": (0..count).map(run).collect::<Vec<_>>() }).to_string()
}

fn zeros_in_gzip(bytes: u64) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let zeros = vec![0; PIECE];
    for _ in 0..bytes / PIECE as u64 {
        encoder.write_all(&zeros)?;
    }
    encoder.finish()
}
