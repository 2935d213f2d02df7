//! The process of the command.

use std::{
    ffi::OsString,
    future::Future,
    io::{self, IsTerminal},
    process::Stdio,
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    process::Command,
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

use super::{stderr::StandardError, termination::Termination};

/// A command that has been started.
pub struct Child {
    process: tokio::process::Child,
    stderr: StandardError,
    signals: mpsc::UnboundedReceiver<Signal>,
}

/// Time to wait, after the command has ended, for the rest of its standard error before the end of
/// the run is reported.
const STDERR_TIMEOUT: Duration = Duration::from_secs(1);

impl Child {
    /// Starts the command with the input and output of this process.
    ///
    /// # Errors
    /// If the command cannot be started.
    pub fn start(command: &[OsString]) -> io::Result<Self> {
        // Handled before the command starts: a signal must not end this process first.
        let signals = signals()?;
        let mut process =
            Command::new(&command[0]).args(&command[1..]).stderr(Stdio::piped()).spawn()?;
        let pipe = process.stderr.take().ok_or_else(|| io::Error::other("no standard error"))?;
        Ok(Self { process, stderr: StandardError::copy(pipe), signals })
    }

    /// Waits until the command ends, and runs `meanwhile` until then.
    ///
    /// # Errors
    /// If the system cannot wait for the process.
    pub async fn wait(
        mut self,
        meanwhile: impl Future<Output = ()>,
    ) -> io::Result<(Termination, StandardError)> {
        let id = self.process.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        tokio::pin!(meanwhile);
        let mut is_pending = true;
        let status = loop {
            tokio::select! {
                status = self.process.wait() => break status?,
                Some(signal) = self.signals.recv() => {
                    if let Some(id) = id {
                        // Fails if the process has just ended.
                        let _ = kill(id, signal);
                    }
                }
                () = &mut meanwhile, if is_pending => is_pending = false,
            }
        };
        // Processes that the command left behind may keep standard error open.
        let _ = tokio::time::timeout(STDERR_TIMEOUT, self.stderr.wait()).await;
        Ok((status.into(), self.stderr))
    }
}

/// The signals to send to the command.
fn signals() -> io::Result<mpsc::UnboundedReceiver<Signal>> {
    let (sender, receiver) = mpsc::unbounded_channel();
    // A terminal sends the signals of its keys to the command as well.
    let has_terminal = io::stdin().is_terminal() || io::stderr().is_terminal();
    for (kind, number, forward) in [
        (SignalKind::terminate(), Signal::SIGTERM, true),
        (SignalKind::hangup(), Signal::SIGHUP, true),
        (SignalKind::user_defined1(), Signal::SIGUSR1, true),
        (SignalKind::user_defined2(), Signal::SIGUSR2, true),
        (SignalKind::interrupt(), Signal::SIGINT, !has_terminal),
        (SignalKind::quit(), Signal::SIGQUIT, !has_terminal),
    ] {
        let mut arriving = signal(kind)?;
        let sender = sender.clone();
        tokio::spawn(async move {
            while arriving.recv().await.is_some() {
                if forward && sender.send(number).is_err() {
                    return;
                }
            }
        });
    }
    Ok(receiver)
}
