//! A handler that panics: its client gets a 500, and no other client is affected.

use std::sync::Arc;

use runledger_server::Settings;
use runledger_tests::{panicking::PanickingLists, server::Server, spec, world::World};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const KEY: &str = "authorization: Token your-api-key-here";

#[tokio::test]
async fn a_panic_is_a_500_under_its_request_id_and_the_server_goes_on() {
    let world = World::new().await;
    let store = Arc::new(PanickingLists(Arc::clone(&world.store)));
    let server = Server::start(runledger_server::router(store, &Settings::default())).await;
    // One connection for all requests: it survives the panics, too.
    let mut connection = TcpStream::connect(server.address).await.unwrap();
    for number in 0..3 {
        let given = format!("x-request-id: mine-{number}");
        let (header, body) = get(&mut connection, "/v1/executions", &given).await;
        assert!(header.starts_with("http/1.1 500 "), "{header}");
        assert!(header.contains(&format!("\r\n{given}\r\n")), "{header}");
        assert!(header.contains("\r\ncontent-type: application/json\r\n"), "{header}");
        let error: Value = serde_json::from_slice(&body).unwrap();
        let schema = json!({ "$ref": "#/components/schemas/ErrorResponse" });
        assert_eq!(spec::violations(&schema, &error), [""; 0]);
        assert_eq!(error["code"], "INTERNAL_ERROR");
        assert!(!error["error"].as_str().unwrap().contains("no list of"), "{error}");

        let (header, body) = get(&mut connection, "/v1/executions/run_def456", "x: y").await;
        assert!(header.starts_with("http/1.1 200 "), "{header}");
        assert_eq!(body, world.get("/v1/executions/run_def456", "your-api-key-here").await.body);
    }
    let (header, _) = get(&mut connection, "/v1/executions", "x: y").await;
    let id = header.split("\r\nx-request-id: ").nth(1).expect("one that the server made");
    assert!(!id.starts_with("\r\n"), "{header}");
}

/// The headerer section of the response, in lower case, and its body.
async fn get(connection: &mut TcpStream, path: &str, headerer: &str) -> (String, Vec<u8>) {
    let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\n{KEY}\r\n{headerer}\r\n\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut header = Vec::new();
    while !header.ends_with(b"\r\n\r\n") {
        header.push(connection.read_u8().await.expect("an open connection"));
    }
    let header = String::from_utf8(header).unwrap().to_lowercase();
    let length =
        header.split("\r\ncontent-length: ").nth(1).and_then(|rest| rest.split('\r').next());
    let mut body = vec![0; length.expect("a length").parse().unwrap()];
    connection.read_exact(&mut body).await.unwrap();
    (header, body)
}
