//! The wish to stop, from a terminal (Ctrl-C) or a service manager (SIGTERM).

use std::io;

/// Listens from its creation on, so that no wish is lost and none kills the process before it has tidied up.
pub struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    hangup: Option<tokio::signal::unix::Signal>,
    /// Nobody waits for it: that it is taken over is enough for a file at its size limit (`ulimit -f`) to be an
    /// error of the one write, and not the end.
    #[cfg(unix)]
    _file_size: tokio::signal::unix::Signal,
}

impl Signals {
    /// Takes over from the system's default, which is to die at once.
    pub fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let terminate = signal(SignalKind::terminate())?;
            let interrupt = signal(SignalKind::interrupt())?;
            let _file_size =
                signal(SignalKind::from_raw(nix::sys::signal::Signal::SIGXFSZ as i32))?;
            Ok(Self { terminate, interrupt, hangup: None, _file_size })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Takes the closing of the terminal for a wish to stop, too. Not for what may go on without one (`nohup`).
    pub fn and_hangup(mut self) -> io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            self.hangup = Some(signal(SignalKind::hangup())?);
        }
        Ok(self)
    }

    /// Waits for the next wish to stop.
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
