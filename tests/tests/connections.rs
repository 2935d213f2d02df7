//! What happens on the wire itself, over real connections.

use runledger_tests::world::World;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};

const GET: &str = "GET /v1/executions/run_def456 HTTP/1.1\r\nhost: a\r\nauthorization: Token your-api-key-here\r\n";

struct Server {
    address: std::net::SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
    _world: World,
}

impl Server {
    async fn start() -> Self {
        let world = World::new().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let stopped = async { drop(stopped.await) };
        let serving =
            tokio::spawn(runledger_server::serve(listener, None, world.router(), stopped));
        Self { address, stop, serving, _world: world }
    }

    /// What is answered to these bytes, after which nothing more is sent.
    async fn answer(&self, request: &str) -> String {
        let mut connection = TcpStream::connect(self.address).await.unwrap();
        // The server may close before all is sent.
        let _ = connection.write_all(request.as_bytes()).await;
        let _ = connection.shutdown().await;
        let mut answer = Vec::new();
        let _ = connection.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    }
}

#[tokio::test]
async fn who_has_said_all_still_gets_the_answer() {
    let server = Server::start().await;
    let answer = server.answer(&format!("{GET}\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with('}'), "{answer}");
}

#[tokio::test]
async fn what_is_no_request_ends_its_own_connection_only() {
    let server = Server::start().await;
    let many = "x: y\r\n".repeat(100_000);
    let query = "&status=all".repeat(100_000);
    for request in [
        "nonsense\r\n\r\n".to_owned(),
        "\u{0}".repeat(1000),
        format!("{GET}{many}\r\n"),
        format!("{GET}big: {}\r\n\r\n", "x".repeat(10_000_000)),
        format!("GET /v1/executions?{query} HTTP/1.1\r\nhost: a\r\n\r\n"),
    ] {
        let answer = server.answer(&request).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
        let answer = server.answer(&format!("{GET}\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    }
}

#[tokio::test]
async fn the_end_waits_for_what_was_asked() {
    let server = Server::start().await;
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
