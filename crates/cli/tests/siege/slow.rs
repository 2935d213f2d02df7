//! Attackers that hold a connection for as long as they are let. Whoever is shown the door comes back.

use std::{io, pin::Pin};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    sync::watch,
};

use crate::Shared;

type Attacker = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Every how many rounds of the probe something is done.
const NOW_AND_THEN: u32 = 10;

/// Connects, and no more.
pub fn says_nothing(target: Shared) -> Attacker {
    Box::pin(hold(target, |_| (Vec::new(), 0), Then::Nothing))
}

/// Asks once, and keeps the connection.
pub fn asked_once(target: Shared) -> Attacker {
    Box::pin(hold(target, |target| (get(target, "/healthz"), 0), Then::Nothing))
}

/// Sends the head of a request that never ends (slow loris).
pub fn trickles_a_head(target: Shared) -> Attacker {
    Box::pin(hold(target, |_| (b"GET /v1/executions HTTP/1.1\r\nx: ".to_vec(), 0), Then::Say))
}

/// Sends a body that never ends.
pub fn trickles_a_body(target: Shared) -> Attacker {
    Box::pin(hold(target, |target| (put(target, 1_000_000), 0), Then::Say))
}

/// Sends nearly all of a large body.
pub fn stops_before_the_end(target: Shared) -> Attacker {
    let most = |target: &Shared| (put(target, 16_000_000), 15_000_000 / BLANKS.len());
    Box::pin(hold(target, most, Then::Nothing))
}

/// Asks for a large run and takes it bit by bit.
pub fn takes_a_run_slowly(target: Shared) -> Attacker {
    Box::pin(hold(target, |target| (get(target, "/v1/executions/large"), 0), Then::Take))
}

/// Asks for a page's script and takes it bit by bit.
pub fn takes_a_page_slowly(target: Shared) -> Attacker {
    Box::pin(hold(target, |target| (get(target, "/docs/swagger-ui-bundle.js"), 0), Then::Take))
}

/// What is sent first, and how often [`BLANKS`] after it.
type Opening = fn(&Shared) -> (Vec<u8>, usize);

static BLANKS: [u8; 100_000] = [b' '; 100_000];

/// What an attacker does once it stands.
#[derive(Clone, Copy, PartialEq)]
enum Then {
    /// Nothing, and it notices when its connection is closed.
    Nothing,
    /// It says a byte now and then.
    Say,
    /// It takes a little of the answer now and then.
    Take,
}

async fn hold(target: Shared, opening: Opening, then: Then) {
    let mut standing = false;
    let mut rounds = target.rounds.subscribe();
    loop {
        if let Ok(mut connection) = open(&target, opening, then).await {
            if !standing {
                target.stand();
                standing = true;
            }
            let _ = stay(&target, &mut connection, then).await;
        }
        // Whoever cannot connect, or is cut off, tries again later.
        if later(&mut rounds).await.is_err() {
            return;
        }
    }
}

async fn open(target: &Shared, opening: Opening, then: Then) -> io::Result<TcpStream> {
    let _place = target.connecting.acquire().await.map_err(io::Error::other)?;
    let socket = TcpSocket::new_v4()?;
    if then == Then::Take {
        // So that what is not taken stays with the server.
        socket.set_recv_buffer_size(4096)?;
    }
    let mut connection = socket.connect(target.address).await?;
    let (start, blanks) = opening(target);
    connection.write_all(&start).await?;
    for _ in 0..blanks {
        // The server may have answered, and closed, before all of it was sent.
        if connection.write_all(&BLANKS).await.is_err() {
            break;
        }
    }
    Ok(connection)
}

async fn stay(target: &Shared, connection: &mut TcpStream, then: Then) -> io::Result<()> {
    let mut buffer = [0; 512];
    if then == Then::Nothing {
        while connection.read(&mut buffer).await? > 0 {}
        return Ok(());
    }
    let mut rounds = target.rounds.subscribe();
    loop {
        later(&mut rounds).await?;
        if then == Then::Say {
            connection.write_all(b"x").await?;
        } else if connection.read(&mut buffer).await? == 0 {
            return Ok(());
        }
    }
}

async fn later(rounds: &mut watch::Receiver<u32>) -> io::Result<()> {
    let next = *rounds.borrow_and_update() + NOW_AND_THEN;
    rounds.wait_for(|round| *round >= next).await.map(|_| ()).map_err(io::Error::other)
}

fn get(target: &Shared, path: &str) -> Vec<u8> {
    let key = &target.key;
    format!("GET {path} HTTP/1.1\r\nhost: a\r\nauthorization: Token {key}\r\n\r\n").into_bytes()
}

/// The head of a request with a body of this length.
fn put(target: &Shared, length: usize) -> Vec<u8> {
    let key = &target.key;
    format!(
        "PUT /v1/executions/x HTTP/1.1\r\nhost: a\r\nauthorization: Token {key}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    )
    .into_bytes()
}
