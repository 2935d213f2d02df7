//! What happens on the wire itself, over real connections.

use std::time::Duration;

use runledger_server::Settings;
use runledger_tests::{
    server::Server,
    world::{KEY, World},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const GET: &str = "GET /v1/executions/run_def456 HTTP/1.1\r\nhost: a\r\nauthorization: Token your-api-key-here\r\n";

/// What is answered to this text, after which nothing more is sent.
async fn said(server: &Server, request: &str) -> String {
    String::from_utf8(server.answer(request.as_bytes()).await).unwrap()
}

#[tokio::test]
async fn who_has_said_all_still_gets_the_answer() {
    let world = World::new().await;
    let server = Server::start(world.router()).await;
    let answer = said(&server, &format!("{GET}\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with('}'), "{answer}");
}

#[tokio::test]
async fn what_is_no_request_ends_its_own_connection_only() {
    let world = World::new().await;
    let server = Server::start(world.router()).await;
    let many = "x: y\r\n".repeat(100_000);
    let query = "&status=all".repeat(100_000);
    for request in [
        "nonsense\r\n\r\n".to_owned(),
        "\u{0}".repeat(1000),
        format!("{GET}{many}\r\n"),
        format!("{GET}big: {}\r\n\r\n", "x".repeat(10_000_000)),
        format!("GET /v1/executions?{query} HTTP/1.1\r\nhost: a\r\n\r\n"),
    ] {
        let answer = said(&server, &request).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
        let answer = said(&server, &format!("{GET}\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_refused_and_not_recorded() {
    let world = World::new().await;
    let server = Server::start(world.router()).await;
    let run = world.get("/v1/executions/run_def456", KEY).await.body;
    let run = String::from_utf8(run).unwrap().replace("run_def456", "new");
    let put = "PUT /v1/executions/new HTTP/1.1\r\nhost: a\r\nauthorization: Token your-api-key-here\r\n\
               content-type: application/json\r\n";
    let (length, chunk) = (run.len(), format!("{:x}\r\n{run}\r\n", run.len()));
    // Each is a whole run, and less than was announced.
    for content in [
        format!("content-length: {}\r\n\r\n{run}", length + 1),
        format!("transfer-encoding: chunked\r\n\r\n{chunk}"),
        format!("transfer-encoding: chunked\r\n\r\n{chunk}0\r\n"),
        format!("transfer-encoding: chunked\r\n\r\n{chunk}x\r\n"),
        format!("transfer-encoding: chunked\r\n\r\n{:x}\r\n{run}", length + 1),
    ] {
        let answer = said(&server, &format!("{put}{content}")).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{content}: {answer}");
        assert!(answer.contains("must arrive whole"), "{content}: {answer}");
        assert_eq!(world.get("/v1/executions/new", KEY).await.status, 404, "{content}");
    }
    let whole = format!("{put}transfer-encoding: chunked\r\n\r\n{chunk}0\r\n\r\n");
    assert!(said(&server, &whole).await.starts_with("HTTP/1.1 201 "));
}

#[tokio::test]
async fn a_body_that_is_said_to_be_too_large_is_refused_before_it_is_sent() {
    let world = World::new().await;
    let server = Server::start(world.router()).await;
    let mut connection = TcpStream::connect(server.address).await.unwrap();
    let head = "PUT /v1/executions/a HTTP/1.1\r\nhost: a\r\nauthorization: Token your-api-key-here\r\n\
                content-type: application/json\r\ncontent-length: 1000000000\r\n\r\n";
    connection.write_all(head.as_bytes()).await.unwrap();
    let mut start = [0; 12];
    connection.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 413");
}

#[tokio::test]
async fn the_end_waits_for_what_was_asked() {
    let world = World::new().await;
    let server = Server::start(world.router()).await;
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    let mut asking = TcpStream::connect(server.address).await.unwrap();
    let body = "{}";
    let put = "PUT /v1/executions/a HTTP/1.1\r\nhost: a\r\nauthorization: Token your-api-key-here\r\n\
               content-type: application/json\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n";
    asking.write_all(put.as_bytes()).await.unwrap();
    // The server reads the body: the request is under way.
    let mut buffer = [0; 25];
    asking.read_exact(&mut buffer).await.unwrap();
    assert_eq!(&buffer, b"HTTP/1.1 100 Continue\r\n\r\n");
    server.stop.send(()).unwrap();
    let mut nothing = Vec::new();
    idle.read_to_end(&mut nothing).await.unwrap();
    assert!(nothing.is_empty(), "an idle connection is closed at once");
    assert!(!server.serving.is_finished());
    asking.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    asking.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 Bad Request"), "{answer}");
    server.serving.await.unwrap();
}

#[tokio::test]
async fn who_never_ends_the_head_of_a_request_is_not_waited_for() {
    let brief = Duration::from_millis(50);
    let settings =
        Settings { header_timeout: brief, request_timeout: brief, ..Settings::default() };
    let server = Server::with(World::new().await.router(), settings).await;
    // The third may yet become HTTP/2.
    for said in ["", "GET / HTTP/1.1\r\nhost: a\r\nx: ", "PRI * HT"] {
        let mut connection = TcpStream::connect(server.address).await.unwrap();
        connection.write_all(said.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let _ = connection.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{said:?} is no request");
    }
}

#[tokio::test]
async fn in_a_crowd_each_connection_ends_with_its_answer() {
    let world = World::new().await;
    let settings = Settings { max_idle_connections: 1, ..Settings::default() };
    let server = Server::with(world.router(), settings).await;
    let mut connection = TcpStream::connect(server.address).await.unwrap();
    connection.write_all(format!("{GET}\r\n").as_bytes()).await.unwrap();
    let mut start = [0; 15];
    connection.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 200 OK");
    let other = TcpStream::connect(server.address).await.unwrap();
    // Accepted after the other.
    let mut third = TcpStream::connect(server.address).await.unwrap();
    third.write_all(format!("{GET}\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    third.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains("\r\nconnection: close\r\n") && answer.ends_with('}'), "{answer}");
    drop(other);
}

#[tokio::test]
async fn connections_wait_until_there_is_room() {
    let settings = Settings {
        max_connections: 1,
        header_timeout: Duration::from_millis(50),
        ..Settings::default()
    };
    let world = World::new().await;
    let server = Server::with(world.router(), settings).await;
    let first = TcpStream::connect(server.address).await.unwrap();
    let answer = server.answer(format!("{GET}\r\n").as_bytes()).await;
    assert!(answer.starts_with(b"HTTP/1.1 200 OK"));
    // The second one was answered once the first had been closed, for saying nothing.
    let mut byte = [0];
    assert_eq!(first.try_read(&mut byte).unwrap(), 0);
}
