//! Connections: how many, how slow they may be, and how they end.

use std::{
    future::Future,
    io,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use axum::Router;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto,
        graceful::{GracefulShutdown, Watcher},
    },
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_io_timeout::TimeoutStream;

use crate::Tls;

/// The most connections that are open at a time; further ones wait until one of these closes.
const MOST_CONNECTIONS: usize = 20_000;
/// How long a request's head may take to arrive; an idle connection is closed after as long.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a client may take none of the answer that is being sent to it.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// The largest head of a request in bytes. A larger one ends its connection: there is no request to answer yet.
const MOST_HEAD_BYTES: usize = 128 * 1024;
/// The most header fields in one request.
const MOST_HEADER_FIELDS: usize = 200;
/// How long to wait where no connection can be accepted, for want of file handles, say.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves HTTP/1.1 and HTTP/2, over TLS where there is a certificate, until `stop` is done; then takes no more
/// connections, and answers what has been asked.
///
/// Not `axum::serve`, which neither bounds connections nor the time that a request's head may take.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Tls>,
    service: Router,
    stop: impl Future<Output = ()>,
) {
    let connections = GracefulShutdown::new();
    let free = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut stop = pin!(stop);
    loop {
        let (connection, permit) = tokio::select! {
            accepted = accept(&listener, &free) => accepted,
            () = &mut stop => break,
        };
        let (tls, service, watcher) = (tls.clone(), service.clone(), connections.watcher());
        tokio::spawn(async move {
            let stream = patient(connection);
            match tls {
                None => converse(stream, service, watcher).await,
                Some(tls) => match tokio::time::timeout(HEAD_TIMEOUT, tls.accept(stream)).await {
                    Ok(Ok(stream)) => converse(stream, service, watcher).await,
                    Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                    Err(_) => tracing::debug!("a TLS handshake took too long"),
                },
            }
            drop(permit);
        });
    }
    drop(listener);
    connections.shutdown().await;
}

async fn converse<S>(stream: S, service: Router, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let server = server();
    let connection =
        server.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    if let Err(error) = watcher.watch(connection.into_owned()).await {
        tracing::debug!(%error, "a connection ended");
    }
}

/// How long its reads may take is bounded elsewhere, by what is read.
fn patient(connection: TcpStream) -> Pin<Box<TimeoutStream<TcpStream>>> {
    let mut stream = TimeoutStream::new(connection);
    stream.set_write_timeout(Some(WRITE_TIMEOUT));
    Box::pin(stream)
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
) -> (TcpStream, Option<OwnedSemaphorePermit>) {
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
