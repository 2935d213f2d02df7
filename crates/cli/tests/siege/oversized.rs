//! Requests of absurd size, which must be refused, and of the largest that is taken.

use std::{
    io::{self, Write},
    pin::Pin,
    sync::OnceLock,
};

use flate2::{Compression, write::GzEncoder};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{Scale, Shared};

type Attacker = Pin<Box<dyn Future<Output = ()> + Send>>;

const PIECE: usize = 1 << 20;

/// A body whose length is told.
pub fn told_length(target: Shared) -> Attacker {
    Box::pin(async move {
        let length = target.scale.body;
        let head = head(&target, &format!("content-length: {length}\r\n"));
        send(&target, &head, &vec![b' '; PIECE], length / PIECE as u64 + 1, b"").await;
    })
}

/// A body in chunks.
pub fn in_chunks(target: Shared) -> Attacker {
    Box::pin(async move {
        let head = head(&target, "transfer-encoding: chunked\r\n");
        let chunk = [format!("{PIECE:x}\r\n").as_bytes(), &vec![b' '; PIECE], b"\r\n"].concat();
        send(&target, &head, &chunk, target.scale.body / PIECE as u64, b"0\r\n\r\n").await;
    })
}

static BOMB: OnceLock<Vec<u8>> = OnceLock::new();
static WIDE: OnceLock<String> = OnceLock::new();

/// Makes what takes long to make, before anybody waits for it.
pub fn prepare(scale: Scale) {
    BOMB.get_or_init(|| zeroes_in_gzip(scale.body).expect("a bomb"));
    WIDE.get_or_init(|| wide_runs(scale.wide));
}

/// A small body that becomes a large one.
pub fn gzip_bomb(target: Shared) -> Attacker {
    Box::pin(async move {
        let bomb = BOMB.get().expect("it is prepared");
        let length = bomb.len();
        let head =
            head(&target, &format!("content-encoding: gzip\r\ncontent-length: {length}\r\n"));
        send(&target, &head, bomb, 1, b"").await;
    })
}

/// One field of a header.
pub fn long_header(target: Shared) -> Attacker {
    Box::pin(async move {
        let field = ["x: ", &"x".repeat(10_000_000), "\r\n"].concat();
        send(
            &target,
            b"GET /v1/executions HTTP/1.1\r\nhost: a\r\nconnection: close\r\n",
            field.as_bytes(),
            1,
            b"\r\n",
        )
        .await;
    })
}

/// A long query.
pub fn many_parameters(target: Shared) -> Attacker {
    Box::pin(async move {
        let query = "status=all&".repeat(100_000);
        let rest = b" HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
        send(&target, b"GET /v1/executions?", query.as_bytes(), 1, rest).await;
    })
}

/// Many fields of a header.
pub fn many_fields(target: Shared) -> Attacker {
    Box::pin(async move {
        let fields = "x: y\r\n".repeat(100_000);
        let start = b"GET /v1/executions HTTP/1.1\r\nhost: a\r\nconnection: close\r\n";
        send(&target, start, fields.as_bytes(), 1, b"\r\n").await;
    })
}

/// Records as many steps as one body may hold.
pub fn many_steps(target: Shared) -> Attacker {
    Box::pin(async move {
        let batch = WIDE.get().expect("it is prepared");
        let (key, length) = (&target.key, batch.len());
        let head = format!(
            "POST /v1/executions/batch HTTP/1.1\r\nhost: a\r\nconnection: close\r\nauthorization: Token {key}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        send(&target, head.as_bytes(), batch.as_bytes(), 1, b"").await;
    })
}

/// Sends a request in pieces, and reads the answer meanwhile: none, or that it was taken, cannot be or cannot be now.
async fn send(target: &Shared, start: &[u8], piece: &[u8], pieces: u64, end: &[u8]) {
    // Where nobody answers, the probe notices.
    let Ok(mut connection) = TcpStream::connect(target.address).await else { return };
    let (mut reader, mut writer) = connection.split();
    let say = async {
        writer.write_all(start).await?;
        for _ in 0..pieces {
            writer.write_all(piece).await?;
        }
        writer.write_all(end).await
    };
    let mut answer = Vec::new();
    // Where the server closes while more is sent to it, the answer may be lost.
    let _ = tokio::join!(say, reader.read_to_end(&mut answer));
    let answer = String::from_utf8_lossy(&answer);
    let expected = ["HTTP/1.1 200 ", "HTTP/1.1 4", "HTTP/1.1 503 "];
    let expected = expected.iter().any(|start| answer.starts_with(start));
    assert!(answer.is_empty() || expected, "{answer}");
}

fn head(target: &Shared, fields: &str) -> Vec<u8> {
    let key = &target.key;
    format!(
        "PUT /v1/executions/x HTTP/1.1\r\nhost: a\r\nconnection: close\r\nauthorization: Token {key}\r\n\
         content-type: application/json\r\n{fields}\r\n"
    )
    .into_bytes()
}

fn wide_runs(number: usize) -> String {
    let step = |n: usize| {
        json!({ "id": n.to_string(), "step_name": "s", "step_type": "PIECE", "status": "FAILED",
                "created_at": "2025-01-04T12:00:00Z" })
    };
    let steps: Vec<_> = (0..10_000).map(step).collect();
    let run = |n: usize| {
        json!({ "id": format!("wide {n}"), "workflow_id": "w", "version_id": "v",
                "version_display_name": "", "type": "TEST", "status": "FAILED",
                "created_at": "2025-01-04T12:00:00Z", "steps": steps })
    };
    json!({ "items": (0..number).map(run).collect::<Vec<_>>() }).to_string()
}

fn zeroes_in_gzip(bytes: u64) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let zeroes = vec![0; PIECE];
    for _ in 0..bytes / PIECE as u64 {
        encoder.write_all(&zeroes)?;
    }
    encoder.finish()
}
