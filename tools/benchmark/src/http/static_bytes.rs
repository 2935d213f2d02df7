//! A server that does nothing but send bytes: what axum, hyper and the system cost.

use std::{
    io::{BufRead, BufReader, Write},
    net::SocketAddr,
    process::{Child, ChildStdout, Command, Stdio},
    sync::Arc,
};

use anyhow::{Context, Result};
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderValue, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
    serve::ListenerExt,
};
use bytes::Bytes;
use tokio::net::TcpListener;

use super::Exchange;

/// The argument with which this program becomes the server.
pub const COMMAND: &str = "serve-static-bytes";
/// The longest content, in bytes.
const MAX_BYTES: usize = 1024 * 1024;

/// The server as a process of its own. It is killed when this value is dropped.
pub struct StaticBytes {
    process: Child,
    address: SocketAddr,
    _stdout: BufReader<ChildStdout>,
}

impl StaticBytes {
    /// Starts it.
    ///
    /// # Errors
    /// Where it does not start.
    pub fn start() -> Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg(COMMAND)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = process.stdout.take().context("it has no standard output")?;
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        stdout.read_line(&mut line)?;
        let mut started = Self { process, address: ([0, 0, 0, 0], 0).into(), _stdout: stdout };
        started.address =
            line.trim().parse().context("the server of static bytes did not start")?;
        Ok(started)
    }

    /// Requests of content of this length.
    pub fn exchange(&self, bytes: u64) -> Exchange {
        let bytes = bytes.min(MAX_BYTES as u64);
        let request = format!("GET /{bytes} HTTP/1.1\r\nhost: a\r\n\r\n");
        let requests = Arc::new(vec![request.into_bytes()]);
        Exchange { address: self.address, requests, status: 200 }
    }
}

impl Drop for StaticBytes {
    fn drop(&mut self) {
        // Killing fails where it has ended by itself; it is waited for in either case.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Serves until the process is killed; the address is the first line of standard output.
///
/// # Errors
/// Where no port can be opened.
pub fn serve() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mut out = std::io::stdout();
        writeln!(out, "{}", listener.local_addr()?)?;
        out.flush()?;
        let listener = listener.tap_io(|stream| {
            // As the server that it is compared with.
            let _ = stream.set_nodelay(true);
        });
        let content = Bytes::from(vec![b'a'; MAX_BYTES]);
        let router = Router::new().route("/{bytes}", get(content_of)).with_state(content);
        Ok(axum::serve(listener, router).await?)
    })
}

async fn content_of(State(content): State<Bytes>, Path(bytes): Path<usize>) -> Response {
    let json = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (json, content.slice(..bytes.min(MAX_BYTES))).into_response()
}
