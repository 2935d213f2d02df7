//! A server in this process, with real connections.

use std::net::SocketAddr;

use axum::Router;
use runledger_server::Settings;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};

/// A server on a free port.
pub struct Server {
    /// Its address.
    pub address: SocketAddr,
    /// Shuts it down.
    pub stop: oneshot::Sender<()>,
    /// Completes when it has shut down.
    pub serving: JoinHandle<()>,
}

impl Server {
    /// Serves the router.
    pub async fn start(router: Router) -> Self {
        Self::with(router, Settings::default()).await
    }

    /// Serves the router with these settings.
    pub async fn with(router: Router, settings: Settings) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            runledger_server::serve(listener, None, router, &settings, stopped).await;
        });
        Self { address, stop, serving }
    }

    /// Sends these bytes, closes the sending side, and returns everything that is received.
    pub async fn exchange(&self, request: &[u8]) -> Vec<u8> {
        let mut connection = TcpStream::connect(self.address).await.expect("a connection");
        // The server may close the connection before the request is complete.
        let _ = connection.write_all(request).await;
        let _ = connection.shutdown().await;
        let mut response = Vec::new();
        let _ = connection.read_to_end(&mut response).await;
        response
    }
}
