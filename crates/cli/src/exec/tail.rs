//! A command's standard error on its way to ours, and the end of it.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::ChildStderr,
    task::JoinHandle,
};

/// How many bytes of the end are kept: no less than what an error of a step can hold.
const KEPT: usize = 4 * 65_536;

/// Standard error that is being passed on.
pub struct StandardError {
    tail: Arc<Mutex<VecDeque<u8>>>,
    passing: JoinHandle<()>,
}

impl StandardError {
    /// Passes everything on as it comes, until nobody holds the other end any more.
    pub fn pass_on(mut pipe: ChildStderr) -> Self {
        let tail = Arc::<Mutex<VecDeque<u8>>>::default();
        let kept = Arc::clone(&tail);
        let passing = tokio::spawn(async move {
            let (mut ours, mut buffer) = (tokio::io::stderr(), vec![0; 16 * 1024]);
            while let Ok(length @ 1..) = pipe.read(&mut buffer).await {
                // Where ours is closed the command must not notice it.
                let _ = ours.write_all(&buffer[..length]).await;
                let _ = ours.flush().await;
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.extend(&buffer[..length]);
                let excess = kept.len().saturating_sub(KEPT);
                kept.drain(..excess);
            }
        });
        Self { tail, passing }
    }

    /// The end of what has come so far; what is no UTF-8 is replaced.
    pub fn tail(&self) -> String {
        let mut tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(tail.make_contiguous()).into_owned()
    }

    /// Waits until nobody holds the other end any more.
    pub async fn closed(&mut self) {
        let _ = (&mut self.passing).await;
    }

    /// As [`StandardError::closed`], at the end of all.
    pub async fn close(mut self) {
        if !self.passing.is_finished() {
            self.closed().await;
        }
    }
}
