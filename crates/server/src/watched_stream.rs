//! Notices at once that a client has closed its connection during an event stream.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Whether the connection of a request is watched.
///
/// While hyper sends a response over HTTP/1, it reads nothing, because a client may close its
/// sending side early. Without a watch, the server would notice that the client is gone only when
/// it sends the next event.
#[derive(Clone, Debug, Default)]
pub struct Watch(Arc<AtomicBool>);

impl Watch {
    /// Watches the connection until the result is dropped: it fails when the client closes its
    /// sending side.
    pub fn start(self) -> Watching {
        self.0.store(true, Ordering::Relaxed);
        Watching(self)
    }
}

/// Ends the watch when it is dropped.
pub struct Watching(Watch);

impl Drop for Watching {
    fn drop(&mut self) {
        let Self(Watch(is_watched)) = self;
        is_watched.store(false, Ordering::Relaxed);
    }
}

/// The stream of a connection that can be watched.
pub struct WatchedStream<S> {
    stream: S,
    watch: Watch,
    /// A byte that was read during the watch: the beginning of the next request.
    early: Option<u8>,
}

impl<S: AsyncRead + Unpin> WatchedStream<S> {
    /// The stream, which is not watched yet.
    pub fn new(stream: S, watch: Watch) -> Self {
        Self { stream, watch, early: None }
    }

    /// Fails if the client has closed its side. Otherwise the task is woken when it does, unless it
    /// has sent another request before.
    fn check_open(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        let mut byte = [0];
        let mut buffer = ReadBuf::new(&mut byte);
        match Pin::new(&mut self.stream).poll_read(context, &mut buffer) {
            Poll::Pending => Ok(()),
            // Nothing is expected from the client of an event stream.
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::TimedOut => Ok(()),
            Poll::Ready(Err(error)) => Err(error),
            Poll::Ready(Ok(())) if buffer.filled().is_empty() => {
                Err(io::ErrorKind::ConnectionAborted.into())
            }
            Poll::Ready(Ok(())) => {
                self.early = Some(byte[0]);
                // A reader that waits for this byte has to take it from here.
                context.waker().wake_by_ref();
                Ok(())
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WatchedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if buffer.remaining() > 0
            && let Some(byte) = self.early.take()
        {
            buffer.put_slice(&[byte]);
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for WatchedStream<S> {
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

    /// hyper flushes whenever the task of the connection is woken.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.watch.0.load(Ordering::Relaxed) && self.early.is_none() {
            self.check_open(context)?;
        }
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
