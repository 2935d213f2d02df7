//! Connections: their number, their timeouts, and their end.

use std::{
    convert::Infallible,
    future::Future,
    io,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    BoxError, Router,
    body::{Body, Bytes, HttpBody},
    http::{
        HeaderValue, Request, StatusCode, Version,
        header::{CONNECTION, CONTENT_LENGTH},
    },
    response::Response,
};
use futures_util::{
    FutureExt,
    future::{MapOk, TryFutureExt, poll_fn},
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
use tower::Service;

use crate::{
    Settings, Tls,
    event_stream::{self, Stopping},
    host,
    lingering_close::{LingeringStream, UnreadBody},
    watched_stream::{Watch, WatchedStream},
};

type Builder = auto::Builder<TokioExecutor>;

/// The time for which a client may receive nothing of a response that is being sent.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// The maximum size of a header section in bytes. A larger one closes its connection.
const MAX_HEADER_BYTES: usize = 64 * 1024;
/// The maximum number of header fields of a request.
const MAX_HEADER_FIELDS: usize = 200;
/// The pause after a connection could not be accepted, for lack of file descriptors, for example.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves HTTP/1.1 and HTTP/2, over TLS if there is a certificate, until `stop` completes. Then it
/// accepts no more connections, and completes the requests in progress.
///
/// `axum::serve` limits neither the number of connections nor the time for a header section.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Tls>,
    service: Router,
    settings: &Settings,
    stop: impl Future<Output = ()>,
) {
    let connections = GracefulShutdown::new();
    let free_slots = Arc::new(Semaphore::new(settings.max_connections));
    let server = server(settings.header_timeout);
    let (stop_now, stopping) = watch::channel(());
    let pressure = Arc::new(Pressure {
        free_slots: Arc::clone(&free_slots),
        min_free: settings.max_connections.saturating_sub(settings.max_idle_connections),
        stopping: Stopping::new(stopping.clone()),
    });
    let service = Connected {
        service,
        refusing: host::refusing(),
        pressure,
        watch: Watch::default(),
        unread: UnreadBody::default(),
    };
    let header_timeout = settings.header_timeout;
    // Longer than any request: a client that sends nothing for as long has none in progress.
    let read_timeout = header_timeout.saturating_add(settings.request_timeout.saturating_mul(2));
    let mut stop = pin!(stop);
    loop {
        let (connection, permit) = tokio::select! {
            accepted = accept(&listener, &free_slots) => accepted,
            () = &mut stop => break,
        };
        let (tls, server) = (tls.clone(), server.clone());
        let service =
            Connected { watch: Watch::default(), unread: UnreadBody::default(), ..service.clone() };
        let (watcher, mut stopping) = (connections.watcher(), stopping.clone());
        tokio::spawn(async move {
            let start = start(connection, read_timeout, tls.as_ref());
            let start = tokio::time::timeout(header_timeout, start);
            let started = tokio::select! {
                started = start => started.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())),
                // A connection without a request does not delay the shutdown.
                _ = stopping.changed() => Err(io::ErrorKind::ConnectionAborted.into()),
            };
            match started {
                Ok(Started::Plain(stream)) => run(stream, &server, service, watcher).await,
                Ok(Started::Tls(stream)) => run(stream, &server, service, watcher).await,
                Err(error) => tracing::debug!(%error, "a connection did not start"),
            }
            drop(permit);
        });
    }
    drop((listener, stop_now));
    connections.shutdown().await;
}

async fn run<S>(stream: S, server: &Builder, service: Connected, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let stream = WatchedStream::new(stream, service.watch.clone());
    let must_close = service.pressure.clone().must_close();
    let stream = TokioIo::new(LingeringStream::new(stream, service.unread.clone(), must_close));
    let connection = server.serve_connection(stream, TowerToHyperService::new(service));
    if let Err(error) = watcher.watch(connection.into_owned()).await {
        tracing::debug!(%error, "a connection ended");
    }
}

/// A connection on which the client has sent something.
enum Started {
    Plain(TimedStream),
    Tls(Box<TlsStream<TimedStream>>),
}

/// A stream that fails if the client sends nothing, or receives nothing, for a time.
type TimedStream = Pin<Box<TimeoutStream<TcpStream>>>;

/// Waits for the first byte: hyper has no timeout before it knows the version of HTTP.
async fn start(
    connection: TcpStream,
    read_timeout: Duration,
    tls: Option<&Tls>,
) -> io::Result<Started> {
    connection.peek(&mut [0]).await?;
    let mut stream = TimeoutStream::new(connection);
    stream.set_read_timeout(Some(read_timeout));
    stream.set_write_timeout(Some(WRITE_TIMEOUT));
    let stream = Box::pin(stream);
    match tls {
        None => Ok(Started::Plain(stream)),
        Some(tls) => Ok(Started::Tls(Box::new(tls.accept(stream).await?))),
    }
}

/// The service of a connection. While there are many connections, it closes one after its response:
/// an idle one takes about 20 KB. It tells event streams when the server stops.
#[derive(Clone)]
struct Connected {
    service: Router,
    /// For requests that do not follow the rule about `Host`.
    refusing: Router,
    pressure: Arc<Pressure>,
    watch: Watch,
    unread: UnreadBody,
}

/// The number of connections.
struct Pressure {
    /// The slots for further connections.
    free_slots: Arc<Semaphore>,
    /// While fewer slots are free, no idle connection is kept.
    min_free: usize,
    /// For responses that do not end by themselves.
    stopping: Stopping,
}

impl Pressure {
    fn is_high(&self) -> bool {
        self.free_slots.available_permits() < self.min_free
    }

    /// Completes when a connection that serves no request must not be kept open any longer.
    async fn must_close(self: Arc<Self>) {
        let mut stopped = std::pin::pin!(self.stopping.clone().stopped());
        poll_fn(
            |context| if self.is_high() { Poll::Ready(()) } else { stopped.poll_unpin(context) },
        )
        .await;
    }
}

impl<B> Service<Request<B>> for Connected
where
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = MapOk<<Router as Service<Request<Body>>>::Future, fn(Response) -> Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request<Body>>::poll_ready(&mut self.service, context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        if request.uri().path() == event_stream::PATH {
            let (stopping, watch) = (self.pressure.stopping.clone(), self.watch.clone());
            request.extensions_mut().insert(event_stream::Connection { stopping, watch });
        }
        let service =
            if host::is_invalid(&request) { &mut self.refusing } else { &mut self.service };
        if request.version() > Version::HTTP_11 {
            return service.call(request.map(Body::new)).map_ok(completed);
        }
        let request = request.map(|body| self.unread.watch(body));
        let finish = if self.pressure.is_high() { closing } else { kept };
        service.call(request).map_ok(finish)
    }
}

fn completed(mut response: Response) -> Response {
    if response.status() == StatusCode::NOT_MODIFIED {
        // axum sets that of the empty content. It would have to be that of the 200 (RFC 9110,
        // section 8.6); hyper removes it from the response to GET only.
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    response
}

/// The response to a request over HTTP/1. After a body that is too large, the client is told that
/// it cannot go on with the connection.
fn kept(response: Response) -> Response {
    match response.status() {
        StatusCode::PAYLOAD_TOO_LARGE => closing(response),
        _ => completed(response),
    }
}

fn closing(response: Response) -> Response {
    let mut response = completed(response);
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

fn server(header_timeout: Duration) -> Builder {
    let mut server = auto::Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        // A client that closes its sending side (`nc -N`) still gets the response.
        .half_close(true)
        .max_buf_size(MAX_HEADER_BYTES)
        .max_headers(MAX_HEADER_FIELDS);
    server
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(header_timeout)
        .keep_alive_timeout(header_timeout)
        .max_concurrent_streams(200)
        .max_header_list_size(MAX_HEADER_BYTES as u32);
    server
}

async fn accept(
    listener: &TcpListener,
    free_slots: &Arc<Semaphore>,
) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    let permit = Arc::clone(free_slots).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((connection, _)) => {
                // Responses are written whole: waiting to fill a packet gains nothing.
                let _ = connection.set_nodelay(true);
                return (connection, permit);
            }
            Err(error) if is_client_abort(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Whether the client closed the connection before it was accepted.
fn is_client_abort(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
