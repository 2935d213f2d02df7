//! Connections: how many, how slow they may be, and how they end.

use std::{
    future::Future,
    io,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, Version, header::CONNECTION},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
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
    sync::{OwnedSemaphorePermit, Semaphore, watch},
};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::server::TlsStream;

use crate::{Settings, Tls};

type Builder = auto::Builder<TokioExecutor>;

/// How long a client may take none of the answer that is being sent to it.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// The largest head of a request in bytes. A larger one ends its connection: there is no request to answer yet.
const MOST_HEAD_BYTES: usize = 64 * 1024;
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
    settings: &Settings,
    stop: impl Future<Output = ()>,
) {
    let connections = GracefulShutdown::new();
    let free = Arc::new(Semaphore::new(settings.connections_at_a_time));
    let server = server(settings.head_timeout);
    let spare = settings.connections_at_a_time.saturating_sub(settings.connections_kept);
    let crowd = Crowd { free: Arc::clone(&free), spare };
    let service = service.layer(from_fn_with_state(crowd, no_longer_kept_in_a_crowd));
    let patience = settings.head_timeout;
    // Longer than any request takes: whoever says nothing for as long has none under way.
    let silence = settings.head_timeout.saturating_add(settings.request_timeout.saturating_mul(2));
    let (stop_now, stopping) = watch::channel(());
    let mut stop = pin!(stop);
    loop {
        let (connection, permit) = tokio::select! {
            accepted = accept(&listener, &free) => accepted,
            () = &mut stop => break,
        };
        let (tls, server, service) = (tls.clone(), server.clone(), service.clone());
        let (watcher, mut stopping) = (connections.watcher(), stopping.clone());
        tokio::spawn(async move {
            let begin = tokio::time::timeout(patience, begin(connection, silence, tls.as_ref()));
            let begun = tokio::select! {
                begun = begin => begun.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())),
                // Who has said nothing yet is not waited for.
                _ = stopping.changed() => Err(io::ErrorKind::ConnectionAborted.into()),
            };
            match begun {
                Ok(Begun::Plain(stream)) => converse(stream, &server, service, watcher).await,
                Ok(Begun::Tls(stream)) => converse(stream, &server, service, watcher).await,
                Err(error) => tracing::debug!(%error, "a connection did not begin"),
            }
            drop(permit);
        });
    }
    drop((listener, stop_now));
    connections.shutdown().await;
}

async fn converse<S>(stream: S, server: &Builder, service: Router, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connection =
        server.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    if let Err(error) = watcher.watch(connection.into_owned()).await {
        tracing::debug!(%error, "a connection ended");
    }
}

/// A connection on which something has been said.
enum Begun {
    Plain(Patient),
    Tls(Box<TlsStream<Patient>>),
}

/// A stream that gives up on a client that says nothing, or takes nothing, for long.
type Patient = Pin<Box<TimeoutStream<TcpStream>>>;

/// Waits for the first byte: hyper has no limit for the time before it knows which version of HTTP is spoken.
async fn begin(connection: TcpStream, silence: Duration, tls: Option<&Tls>) -> io::Result<Begun> {
    connection.peek(&mut [0]).await?;
    let mut stream = TimeoutStream::new(connection);
    stream.set_read_timeout(Some(silence));
    stream.set_write_timeout(Some(WRITE_TIMEOUT));
    let stream = Box::pin(stream);
    match tls {
        None => Ok(Begun::Plain(stream)),
        Some(tls) => Ok(Begun::Tls(Box::new(tls.accept(stream).await?))),
    }
}

/// How many connections more there may be, and how many must be left for an idle one to be kept.
#[derive(Clone)]
struct Crowd {
    free: Arc<Semaphore>,
    spare: usize,
}

/// Ends a connection with its answer where there are many: one that waits for another request takes some 20 KB.
async fn no_longer_kept_in_a_crowd(
    State(crowd): State<Crowd>,
    request: Request,
    next: Next,
) -> Response {
    let keeps =
        request.version() > Version::HTTP_11 || crowd.free.available_permits() >= crowd.spare;
    let mut response = next.run(request).await;
    if !keeps {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

fn server(head_timeout: Duration) -> Builder {
    let mut server = auto::Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(head_timeout)
        // Somebody who has said all there is to say (`nc -N`) still wants the answer.
        .half_close(true)
        .max_buf_size(MOST_HEAD_BYTES)
        .max_headers(MOST_HEADER_FIELDS);
    server
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(head_timeout)
        .keep_alive_timeout(head_timeout)
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
