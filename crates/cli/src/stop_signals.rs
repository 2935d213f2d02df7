//! Signals that ask the process to stop: SIGTERM, SIGINT (Ctrl-C) and SIGHUP.

use std::io;

#[cfg(unix)]
use crate::ignored_signals::is_ignored;

/// Receives signals from its creation on, so that none of them ends the process.
pub struct StopSignals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    /// `None` if the process was started with SIGHUP ignored, as `nohup` does.
    #[cfg(unix)]
    hangup: Option<tokio::signal::unix::Signal>,
    /// Never read: while it exists, a write beyond the limit on file sizes (`ulimit -f`) is an
    /// error of that write and does not end the process.
    #[cfg(unix)]
    _file_size: tokio::signal::unix::Signal,
}

impl StopSignals {
    /// Replaces the default action of the signals.
    ///
    /// # Errors
    /// If the system refuses a signal handler.
    pub fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let terminate = signal(SignalKind::terminate())?;
            let interrupt = signal(SignalKind::interrupt())?;
            let _file_size =
                signal(SignalKind::from_raw(nix::sys::signal::Signal::SIGXFSZ as i32))?;
            // Where the system does not tell, SIGHUP keeps its action.
            let is_ignored = is_ignored(nix::sys::signal::Signal::SIGHUP).unwrap_or(true);
            let hangup = if is_ignored { None } else { Some(signal(SignalKind::hangup())?) };
            Ok(Self { terminate, interrupt, hangup, _file_size })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Waits for the next signal.
    pub async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            Some(()) = async { self.hangup.as_mut()?.recv().await } => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}
