//! Copies the command's standard error to that of this process, and keeps its end.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::ChildStderr,
    task::JoinHandle,
};

/// Number of bytes that are kept: at least as many as the error of a step can have, which is
/// 65,536 characters of up to 4 bytes.
const TAIL_BYTES: usize = 4 * 65_536;

/// Standard error that is being copied.
pub struct StandardError {
    tail: Arc<Mutex<VecDeque<u8>>>,
    copying: JoinHandle<()>,
}

impl StandardError {
    /// Copies until every process that has the other end of the pipe has closed it.
    pub fn copy(mut pipe: ChildStderr) -> Self {
        let tail = Arc::<Mutex<VecDeque<u8>>>::default();
        let kept = Arc::clone(&tail);
        let copying = tokio::spawn(async move {
            let (mut ours, mut buffer) = (tokio::io::stderr(), vec![0; 16 * 1024]);
            while let Ok(length @ 1..) = pipe.read(&mut buffer).await {
                // The command must not fail because our standard error is closed.
                let _ = ours.write_all(&buffer[..length]).await;
                let _ = ours.flush().await;
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.extend(&buffer[..length]);
                let excess = kept.len().saturating_sub(TAIL_BYTES);
                kept.drain(..excess);
            }
        });
        Self { tail, copying }
    }

    /// The end of what has been copied. Invalid UTF-8 is replaced.
    pub fn tail(&self) -> String {
        let mut tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(tail.make_contiguous()).into_owned()
    }

    /// Waits until the pipe is closed. May be canceled, and called again unless it has returned.
    pub async fn wait(&mut self) {
        let _ = (&mut self.copying).await;
    }

    /// Waits until the pipe is closed, if that has not been waited for.
    pub async fn closed(mut self) {
        if !self.copying.is_finished() {
            self.wait().await;
        }
    }
}
