//! Closing a connection on which the client still sends a request that was refused early.
//!
//! If a socket is closed while data of the client is unread, the client's system discards the
//! response that it has received. So the sending side is closed first, and what still arrives is
//! read and discarded, within limits.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep},
};

/// The time after which a connection is closed, whatever the client sends.
const MAX_TIME: Duration = Duration::from_secs(30);
/// The time for which the client may send nothing.
const MAX_PAUSE: Duration = Duration::from_secs(2);
/// The greatest number of bytes that are discarded.
const MAX_BYTES: usize = 256 * 1024 * 1024;
/// The number of bytes that are discarded at a time.
const BUFFER_BYTES: usize = 16 * 1024;

/// Whether the body of the last request of a connection has not been read to its end.
#[derive(Clone, Debug, Default)]
pub struct UnreadBody(Arc<AtomicBool>);

impl UnreadBody {
    /// The body of a new request, which is noted if it is dropped before its end.
    pub fn watch<B>(&self, body: B) -> Body
    where
        B: HttpBody<Data = Bytes, Error: Into<axum::BoxError>> + Send + Unpin + 'static,
    {
        self.0.store(false, Ordering::Relaxed);
        if body.is_end_stream() {
            return Body::new(body);
        }
        Body::new(WatchedBody { body, unread: self.clone(), has_ended: false })
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

struct WatchedBody<B: HttpBody> {
    body: B,
    unread: UnreadBody,
    has_ended: bool,
}

impl<B: HttpBody<Data = Bytes> + Unpin> HttpBody for WatchedBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        self.has_ended = frame.is_none();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B: HttpBody> Drop for WatchedBody<B> {
    fn drop(&mut self) {
        if !self.has_ended && !self.body.is_end_stream() {
            self.unread.0.store(true, Ordering::Relaxed);
        }
    }
}

/// Completes when a connection must not linger any longer.
type End = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A stream whose end waits until the client has sent its request, if a part of it is unread.
pub struct LingeringStream<S> {
    stream: S,
    unread: UnreadBody,
    /// Completes when lingering is not allowed, or no longer.
    forbidden: Option<End>,
    lingering: Option<Lingering>,
}

struct Lingering {
    end: Pin<Box<Sleep>>,
    pause: Pin<Box<Sleep>>,
    discarded: usize,
}

impl<S> LingeringStream<S> {
    /// The stream of a connection whose bodies are watched with `unread`. It does not linger once
    /// `forbidden` has completed.
    pub fn new(
        stream: S,
        unread: UnreadBody,
        forbidden: impl Future<Output = ()> + Send + 'static,
    ) -> Self {
        Self { stream, unread, forbidden: Some(Box::pin(forbidden)), lingering: None }
    }
}

impl<S: AsyncRead + Unpin> LingeringStream<S> {
    /// Discards what the client sends until it has closed its side or a limit is reached.
    fn poll_discard(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(forbidden) = &mut self.forbidden else { return Poll::Ready(()) };
        if forbidden.as_mut().poll(context).is_ready() {
            self.forbidden = None;
            return Poll::Ready(());
        }
        let lingering = self.lingering.get_or_insert_with(|| Lingering {
            end: Box::pin(sleep(MAX_TIME)),
            pause: Box::pin(sleep(MAX_PAUSE)),
            discarded: 0,
        });
        let mut buffer = [0; BUFFER_BYTES];
        while lingering.discarded < MAX_BYTES && lingering.end.as_mut().poll(context).is_pending() {
            let mut buffer = ReadBuf::new(&mut buffer);
            match Pin::new(&mut self.stream).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    lingering.discarded += buffer.filled().len();
                    lingering.pause.as_mut().reset(Instant::now() + MAX_PAUSE);
                }
                Poll::Ready(_) => break,
                Poll::Pending => return lingering.pause.as_mut().poll(context),
            }
        }
        Poll::Ready(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for LingeringStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for LingeringStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.lingering.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
        }
        if self.unread.is_set() {
            ready!(self.poll_discard(context));
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use std::future;

    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    /// A server's side on which a part of the request is unread, and the client's side.
    fn refused(
        forbidden: impl Future<Output = ()> + Send + 'static,
    ) -> (LingeringStream<DuplexStream>, DuplexStream) {
        let (server, client) = duplex(1000);
        let unread = UnreadBody::default();
        drop(unread.watch(Body::from("unread")));
        (LingeringStream::new(server, unread, forbidden), client)
    }

    #[tokio::test(start_paused = true)]
    async fn the_client_can_send_its_request_and_then_reads_the_response() {
        let (mut server, mut client) = refused(future::pending());
        let sent = async {
            client.write_all(&[b'x'; 100_000]).await.unwrap();
            let mut response = String::new();
            client.read_to_string(&mut response).await.unwrap();
            response
        };
        let closed = async {
            server.write_all(b"413").await.unwrap();
            server.shutdown().await.unwrap();
        };
        assert_eq!(tokio::join!(sent, closed).0, "413");
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_client_is_waited_for_briefly() {
        let (mut server, client) = refused(future::pending());
        let start = Instant::now();
        server.shutdown().await.unwrap();
        assert!((MAX_PAUSE..MAX_PAUSE * 2).contains(&start.elapsed()), "{:?}", start.elapsed());
        drop(client);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_never_ends_is_cut_off() {
        let (mut server, mut client) = refused(future::pending());
        let start = Instant::now();
        let sending = tokio::spawn(async move {
            while client.write_all(b"x").await.is_ok() {
                sleep(MAX_PAUSE / 2).await;
            }
        });
        server.shutdown().await.unwrap();
        assert!((MAX_TIME..MAX_TIME * 2).contains(&start.elapsed()), "{:?}", start.elapsed());
        drop(server);
        sending.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_lingers_where_it_is_forbidden_or_all_was_read() {
        let start = Instant::now();
        let (mut server, client) = refused(future::ready(()));
        server.shutdown().await.unwrap();
        server.shutdown().await.unwrap();
        let (stream, _client) = duplex(1000);
        let unread = UnreadBody::default();
        let mut body = unread.watch(Body::from("read"));
        while http_body_util::BodyExt::frame(&mut body).await.is_some() {}
        drop(body);
        LingeringStream::new(stream, unread, future::pending()).shutdown().await.unwrap();
        assert_eq!(start.elapsed(), Duration::ZERO);
        drop(client);
    }
}
