//! Clients that hold a connection as long as the server lets them, and then connect again.

use std::{io, sync::Arc};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    sync::watch,
};

use crate::{load::Behavior, target::Target};

/// The rounds of the probe between two actions of a client.
const ROUNDS_BETWEEN_ACTIONS: u32 = 10;

static BLANKS: [u8; 100_000] = [b' '; 100_000];

/// What is sent first, and how often [`BLANKS`] follow it.
type Opening = fn(&Target) -> (Vec<u8>, usize);

/// What a client does once its connection is established.
#[derive(Clone, Copy, PartialEq)]
enum Then {
    /// It waits until its connection is closed.
    Wait,
    /// It sends a byte every few rounds.
    Send,
    /// It reads a little of the response every few rounds.
    Read,
}

/// Connects and sends nothing.
pub fn connects(target: Arc<Target>) -> Behavior {
    Box::pin(hold(target, |_| (Vec::new(), 0), Then::Wait))
}

/// Sends one request and keeps the connection.
pub fn requests_once(target: Arc<Target>) -> Behavior {
    Box::pin(hold(target, |target| (get(target, "/healthz"), 0), Then::Wait))
}

/// Sends a header section that never ends (slow loris).
pub fn sends_a_header_section_slowly(target: Arc<Target>) -> Behavior {
    Box::pin(hold(target, |_| (b"GET /v1/executions HTTP/1.1\r\nx: ".to_vec(), 0), Then::Send))
}

/// Sends a body that never ends.
pub fn sends_a_body_slowly(target: Arc<Target>) -> Behavior {
    Box::pin(hold(target, |target| (put(target, 1_000_000), 0), Then::Send))
}

/// Sends nearly all of a large body.
pub fn stops_before_the_end(target: Arc<Target>) -> Behavior {
    let opening = |target: &Target| (put(target, 16_000_000), 15_000_000 / BLANKS.len());
    Box::pin(hold(target, opening, Then::Wait))
}

/// Requests a large run and reads it slowly.
pub fn reads_a_run_slowly(target: Arc<Target>) -> Behavior {
    Box::pin(hold(target, |target| (get(target, "/v1/executions/large"), 0), Then::Read))
}

/// Requests a script of the documentation's page and reads it slowly.
pub fn reads_a_script_slowly(target: Arc<Target>) -> Behavior {
    Box::pin(hold(target, |target| (get(target, "/docs/swagger-ui-bundle.js"), 0), Then::Read))
}

async fn hold(target: Arc<Target>, opening: Opening, then: Then) {
    let mut is_counted = false;
    let mut rounds = target.rounds.subscribe();
    loop {
        if let Ok(mut connection) = open(&target, opening, then).await {
            if !is_counted {
                target.count_established();
                is_counted = true;
            }
            let _ = stay(&target, &mut connection, then).await;
        }
        // A client that cannot connect, or whose connection was closed, connects again later.
        if some_rounds(&mut rounds).await.is_err() {
            return;
        }
    }
}

async fn open(target: &Target, opening: Opening, then: Then) -> io::Result<TcpStream> {
    let _permit = target.connecting.acquire().await.map_err(io::Error::other)?;
    let socket = TcpSocket::new_v4()?;
    if then == Then::Read {
        // Most of a response that is not read then stays in the server.
        socket.set_recv_buffer_size(4096)?;
    }
    let mut connection = socket.connect(target.address).await?;
    let (start, blanks) = opening(target);
    connection.write_all(&start).await?;
    for _ in 0..blanks {
        // The server may respond and close before everything is sent.
        if connection.write_all(&BLANKS).await.is_err() {
            break;
        }
    }
    Ok(connection)
}

async fn stay(target: &Target, connection: &mut TcpStream, then: Then) -> io::Result<()> {
    let mut buffer = [0; 512];
    if then == Then::Wait {
        while connection.read(&mut buffer).await? > 0 {}
        return Ok(());
    }
    let mut rounds = target.rounds.subscribe();
    loop {
        some_rounds(&mut rounds).await?;
        if then == Then::Send {
            connection.write_all(b"x").await?;
        } else if connection.read(&mut buffer).await? == 0 {
            return Ok(());
        }
    }
}

async fn some_rounds(rounds: &mut watch::Receiver<u32>) -> io::Result<()> {
    let next = *rounds.borrow_and_update() + ROUNDS_BETWEEN_ACTIONS;
    rounds.wait_for(|round| *round >= next).await.map(|_| ()).map_err(io::Error::other)
}

fn get(target: &Target, path: &str) -> Vec<u8> {
    let key = &target.key;
    format!("GET {path} HTTP/1.1\r\nhost: a\r\nauthorization: Token {key}\r\n\r\n").into_bytes()
}

/// The header section of a request with a body of this length in bytes.
fn put(target: &Target, length: usize) -> Vec<u8> {
    let key = &target.key;
    format!(
        "PUT /v1/executions/x HTTP/1.1\r\nhost: a\r\nauthorization: Token {key}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    )
    .into_bytes()
}
