//! Connections: shutdown, timeouts, malformed requests, connection pressure.

use std::{
    io::{Read, Write},
    time::Duration,
};

use runledger_server::Settings;
use runledger_tests::{
    server::Server,
    world::{KEY, World},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const GET: &str = "GET /v1/executions/run_def456 HTTP/1.1\r\nhost: a\r\n\
                   authorization: Token your-api-key-here\r\n";

/// Sends this text, closes the sending side, and returns everything that is received.
async fn exchange(server: &Server, request: &str) -> String {
    String::from_utf8(server.exchange(request.as_bytes()).await).unwrap()
}

#[tokio::test]
async fn a_client_that_closes_its_sending_side_gets_the_response() {
    let world = World::new().await;
    let server = Server::start(world.router()).await;
    let response = exchange(&server, &format!("{GET}\r\n")).await;
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n") && response.ends_with('}'), "{response}");
}

#[tokio::test]
async fn a_malformed_request_ends_its_own_connection_only() {
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
        let response = exchange(&server, &request).await;
        assert!(response.is_empty() || response.starts_with("HTTP/1.1 4"), "{response}");
        let response = exchange(&server, &format!("{GET}\r\n")).await;
        assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");
    }
}

#[tokio::test]
async fn an_incomplete_body_is_refused_and_not_recorded() {
    let world = World::new().await;
    let server = Server::start(world.router()).await;
    let run = world.get("/v1/executions/run_def456", KEY).await.body;
    let run = String::from_utf8(run).unwrap().replace("run_def456", "new");
    let put = "PUT /v1/executions/new HTTP/1.1\r\nhost: a\r\n\
               authorization: Token your-api-key-here\r\n\
               content-type: application/json\r\n";
    let (length, chunk) = (run.len(), format!("{:x}\r\n{run}\r\n", run.len()));
    // Each has the whole run, but not the end of the body.
    for content in [
        format!("content-length: {}\r\n\r\n{run}", length + 1),
        format!("transfer-encoding: chunked\r\n\r\n{chunk}"),
        format!("transfer-encoding: chunked\r\n\r\n{chunk}0\r\n"),
        format!("transfer-encoding: chunked\r\n\r\n{chunk}x\r\n"),
        format!("transfer-encoding: chunked\r\n\r\n{:x}\r\n{run}", length + 1),
    ] {
        let response = exchange(&server, &format!("{put}{content}")).await;
        assert!(response.starts_with("HTTP/1.1 400 "), "{content}: {response}");
        assert!(response.contains("must be complete"), "{content}: {response}");
        assert_eq!(world.get("/v1/executions/new", KEY).await.status, 404, "{content}");
    }
    let whole = format!("{put}transfer-encoding: chunked\r\n\r\n{chunk}0\r\n\r\n");
    assert!(exchange(&server, &whole).await.starts_with("HTTP/1.1 201 "));
}

#[tokio::test]
async fn a_body_that_is_declared_too_large_is_refused_before_it_is_sent() {
    let world = World::new().await;
    let server = Server::start(world.router()).await;
    let mut connection = TcpStream::connect(server.address).await.unwrap();
    let header = "PUT /v1/executions/a HTTP/1.1\r\nhost: a\r\n\
                  authorization: Token your-api-key-here\r\n\
                  content-type: application/json\r\ncontent-length: 1000000000\r\n\r\n";
    connection.write_all(header.as_bytes()).await.unwrap();
    let mut start = [0; 12];
    connection.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 413");
}

/// Sends all of a request before it reads anything, as many clients do. Returns what is received.
async fn send_first(server: &Server, request: Vec<u8>) -> std::io::Result<String> {
    let address = server.address;
    let exchange = move || {
        let mut connection = std::net::TcpStream::connect(address)?;
        connection.write_all(&request)?;
        let mut response = String::new();
        connection.read_to_string(&mut response)?;
        Ok(response)
    };
    tokio::task::spawn_blocking(exchange).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_sends_all_of_a_too_large_body_gets_the_413() {
    let settings = Settings { max_body_bytes: 100_000, ..Settings::default() };
    let world = World::with(&settings).await;
    let server = Server::with(world.router(), settings).await;
    let head = "PUT /v1/executions/a HTTP/1.1\r\nhost: a\r\n\
                authorization: Token your-api-key-here\r\n\
                content-type: application/json\r\n";
    let body = "x".repeat(8_000_000);
    let measured = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
    let chunk = format!("{:x}\r\n{body}\r\n", body.len());
    let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n{chunk}0\r\n\r\n");
    for request in [measured, chunked] {
        for _ in 0..20 {
            let response = send_first(&server, request.clone().into()).await.unwrap();
            assert!(response.starts_with("HTTP/1.1 413 "), "{response}");
            assert!(response.contains("\r\nconnection: close\r\n"), "{response}");
        }
    }
}

#[tokio::test]
async fn a_request_names_one_host() {
    let world = World::new().await;
    let server = Server::start(world.router()).await;
    let ask = async |version: &str, hosts: &[&str]| {
        let hosts: String = hosts.iter().map(|host| format!("Host: {host}\r\n")).collect();
        let fields = "connection: close\r\nauthorization: Token your-api-key-here\r\n";
        let request =
            format!("GET /v1/executions/run_def456 HTTP/{version}\r\n{hosts}{fields}\r\n");
        exchange(&server, &request).await
    };
    for (version, hosts) in [
        ("1.1", &["127.0.0.1:7400"][..]),
        ("1.1", &["[::1]:7400"]),
        ("1.1", &["runs.example.com"]),
        ("1.1", &[""]),
        ("1.0", &[]),
        ("1.0", &["a"]),
    ] {
        let response = ask(version, hosts).await;
        assert!(response.contains(" 200 OK\r\n"), "{version} {hosts:?}: {response}");
    }
    for (version, hosts, problem) in [
        ("1.1", &[][..], "Host must be sent with every HTTP/1.1 request"),
        ("1.1", &["a", "a"], "Host must be sent once"),
        ("1.0", &["a", "b"], "Host must be sent once"),
        ("1.1", &["a b"], "Host must be a host"),
        ("1.1", &["user@a"], "Host must be a host"),
        ("1.1", &["a/b"], "Host must be a host"),
    ] {
        let response = ask(version, hosts).await;
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(" 400 Bad Request\r\n"), "{version} {hosts:?}: {response}");
        assert!(head.contains("\r\nx-request-id: "), "{response}");
        let error: serde_json::Value = serde_json::from_str(body).unwrap();
        assert!(error["error"].as_str().unwrap().starts_with(problem), "{hosts:?}: {body}");
        assert_eq!(error["code"], "VALIDATION_ERROR");
    }
}

#[tokio::test]
async fn a_shutdown_completes_requests_in_progress() {
    let world = World::new().await;
    let server = Server::start(world.router()).await;
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    let mut asking = TcpStream::connect(server.address).await.unwrap();
    let body = "{}";
    let put = "PUT /v1/executions/a HTTP/1.1\r\nhost: a\r\n\
               authorization: Token your-api-key-here\r\n\
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
    let mut response = String::new();
    asking.read_to_string(&mut response).await.unwrap();
    assert!(response.starts_with("HTTP/1.1 400 Bad Request"), "{response}");
    server.serving.await.unwrap();
}

#[tokio::test]
async fn an_incomplete_header_section_times_out() {
    let brief = Duration::from_millis(50);
    let settings =
        Settings { header_timeout: brief, request_timeout: brief, ..Settings::default() };
    let server = Server::with(World::new().await.router(), settings).await;
    // The third may yet become HTTP/2.
    for said in ["", "GET / HTTP/1.1\r\nhost: a\r\nx: ", "PRI * HT"] {
        let mut connection = TcpStream::connect(server.address).await.unwrap();
        connection.write_all(said.as_bytes()).await.unwrap();
        let mut response = Vec::new();
        let _ = connection.read_to_end(&mut response).await;
        assert!(!response.starts_with(b"HTTP/1.1 2"), "{said:?} is no request");
    }
}

#[tokio::test]
async fn under_pressure_a_connection_closes_after_its_response() {
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
    let mut response = String::new();
    third.read_to_string(&mut response).await.unwrap();
    assert!(
        response.contains("\r\nconnection: close\r\n") && response.ends_with('}'),
        "{response}"
    );
    drop(other);
}

#[tokio::test]
async fn connections_wait_for_a_free_slot() {
    let settings = Settings {
        max_connections: 1,
        header_timeout: Duration::from_millis(50),
        ..Settings::default()
    };
    let world = World::new().await;
    let server = Server::with(world.router(), settings).await;
    let first = TcpStream::connect(server.address).await.unwrap();
    let response = server.exchange(format!("{GET}\r\n").as_bytes()).await;
    assert!(response.starts_with(b"HTTP/1.1 200 OK"));
    // The second connection was accepted after the first was closed, which sent nothing in time.
    let mut byte = [0];
    assert_eq!(first.try_read(&mut byte).unwrap(), 0);
}
