//! Connections: how many, how slow they may be, and how they end.

use std::{future::Future, io, pin::pin, sync::Arc, time::Duration};

use axum::Router;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

/// The most connections that are open at a time; further ones wait until one of these closes.
const MOST_CONNECTIONS: usize = 20_000;
/// How long a request's head may take to arrive; an idle connection is closed after as long.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// The largest head of a request in bytes. A larger one ends its connection: there is no request to answer yet.
const MOST_HEAD_BYTES: usize = 128 * 1024;
/// The most header fields in one request.
const MOST_HEADER_FIELDS: usize = 200;
/// How long to wait where no connection can be accepted, for want of file handles, say.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves HTTP/1.1 and HTTP/2 until `stop` is done; then takes no more connections, and answers what has been asked.
///
/// Not `axum::serve`, which neither bounds connections nor the time that a request's head may take.
pub async fn serve(listener: TcpListener, service: Router, stop: impl Future<Output = ()>) {
    let service = TowerToHyperService::new(service);
    let connections = GracefulShutdown::new();
    let free = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut stop = pin!(stop);
    loop {
        let (connection, permit) = tokio::select! {
            accepted = accept(&listener, &free) => accepted,
            () = &mut stop => break,
        };
        let server = server();
        let connection = server.serve_connection(TokioIo::new(connection), service.clone());
        let connection = connections.watch(connection.into_owned());
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended");
            }
            drop(permit);
        });
    }
    drop(listener);
    connections.shutdown().await;
}

fn server() -> auto::Builder<TokioExecutor> {
    let mut server = auto::Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        // Somebody who has said all there is to say (`nc -N`) still wants the answer.
        .half_close(true)
        .max_buf_size(MOST_HEAD_BYTES)
        .max_headers(MOST_HEADER_FIELDS);
    server
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(HEAD_TIMEOUT)
        .keep_alive_timeout(HEAD_TIMEOUT)
        .max_concurrent_streams(200)
        .max_header_list_size(MOST_HEAD_BYTES as u32);
    server
}

async fn accept(
    listener: &TcpListener,
    free: &Arc<Semaphore>,
) -> (TcpStream, Option<tokio::sync::OwnedSemaphorePermit>) {
    let permit = Arc::clone(free).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((connection, _)) => {
                // Answers are written whole: nothing is gained by waiting to fill a packet.
                let _ = connection.set_nodelay(true);
                return (connection, permit);
            }
            Err(error) if is_the_clients(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Whether the client gave up before it was accepted.
fn is_the_clients(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
