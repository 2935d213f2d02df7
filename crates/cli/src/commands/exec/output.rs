//! Copies an output of the command to that of this process, and keeps its end.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    process::{ChildStderr, ChildStdout},
    task::JoinHandle,
};

/// Number of bytes that are kept: at least as many as the error of a step can have, which is
/// 65,536 characters of up to 4 bytes.
const TAIL_BYTES: usize = 4 * 65_536;

/// An output that is being copied.
pub struct Output {
    tail: Arc<Mutex<VecDeque<u8>>>,
    copying: JoinHandle<()>,
}

impl Output {
    /// Copies standard error until every process that has the other end of the pipe has closed it.
    /// The command must not fail because our standard error is closed.
    pub fn stderr(pipe: ChildStderr) -> Self {
        Self::copy(pipe, tokio::io::stderr(), false)
    }

    /// Copies standard output. If ours is closed, the pipe is closed too, so that the command
    /// ends as it does without this process.
    pub fn stdout(pipe: ChildStdout) -> Self {
        Self::copy(pipe, tokio::io::stdout(), true)
    }

    fn copy(
        mut pipe: impl AsyncRead + Send + Unpin + 'static,
        mut ours: impl AsyncWrite + Send + Unpin + 'static,
        ends_with_ours: bool,
    ) -> Self {
        let tail = Arc::<Mutex<VecDeque<u8>>>::default();
        let kept = Arc::clone(&tail);
        let copying = tokio::spawn(async move {
            let mut buffer = vec![0; 16 * 1024];
            while let Ok(length @ 1..) = pipe.read(&mut buffer).await {
                let part = &buffer[..length];
                keep(part, &mut kept.lock().unwrap_or_else(PoisonError::into_inner));
                let written = async { ours.write_all(part).await.and(ours.flush().await) };
                if written.await.is_err() && ends_with_ours {
                    return;
                }
            }
        });
        Self { tail, copying }
    }

    /// The end of what has been copied. Invalid UTF-8 is replaced.
    pub fn tail(&self) -> String {
        let mut tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(tail.make_contiguous()).into_owned()
    }

    /// Waits until the pipe is closed. May be canceled and called again.
    pub async fn closed(&mut self) {
        if !self.copying.is_finished() {
            let _ = (&mut self.copying).await;
        }
    }
}

fn keep(part: &[u8], tail: &mut VecDeque<u8>) {
    tail.extend(part);
    let excess = tail.len().saturating_sub(TAIL_BYTES);
    tail.drain(..excess);
}
