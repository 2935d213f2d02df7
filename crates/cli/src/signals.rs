//! The wish to stop, from a terminal (Ctrl-C, or that it was closed) or a service manager (SIGTERM).

use std::io;

/// Listens from its creation on, so that no wish is lost and none kills the process before it has tidied up.
pub struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    /// `None` where it is ignored, as `nohup` has it.
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
            let hangup =
                if hangup_is_ignored() { None } else { Some(signal(SignalKind::hangup())?) };
            Ok(Self { terminate, interrupt, hangup, _file_size })
        }
        #[cfg(not(unix))]
        Ok(Self {})
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

/// Whether the closing of the terminal is to be survived. Only Linux tells; elsewhere it is left as it is.
#[cfg(unix)]
fn hangup_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_none_or(|mask| mask & 1 != 0)
}
