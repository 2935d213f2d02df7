//! The command's process: started, sent the signals that we get, and waited for.

use std::{
    ffi::OsString,
    fmt,
    future::Future,
    io::{self, IsTerminal},
    os::unix::process::ExitStatusExt,
    process::{ExitStatus, Stdio},
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

use super::tail::StandardError;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// By itself, with this exit code.
    Code(u8),
    /// By this signal.
    Signal(i32),
}

impl End {
    /// The exit code that a shell gives it.
    pub fn code(self) -> u8 {
        match self {
            Self::Code(code) => code,
            Self::Signal(number) => 128u8.saturating_add(u8::try_from(number).unwrap_or(127)),
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Signal(number) => write!(f, "ended by signal {number}"),
        }
    }
}

impl From<ExitStatus> for End {
    fn from(status: ExitStatus) -> Self {
        match (status.code(), status.signal()) {
            (Some(code), _) => Self::Code(code as u8),
            (None, signal) => Self::Signal(signal.unwrap_or(0)),
        }
    }
}

/// A command that has been started.
pub struct Child {
    process: tokio::process::Child,
    stderr: StandardError,
    signals: mpsc::UnboundedReceiver<Signal>,
}

/// After the command has ended, how long to wait for what else it said, before its end is told.
const LAST_WORDS: Duration = Duration::from_secs(1);

impl Child {
    /// Starts it with our input and output; its standard error passes through our hands.
    pub fn start(command: &[OsString]) -> io::Result<Self> {
        // From here on no signal ends us before the command.
        let signals = signals()?;
        let mut process =
            Command::new(&command[0]).args(&command[1..]).stderr(Stdio::piped()).spawn()?;
        let pipe = process.stderr.take().ok_or_else(|| io::Error::other("no standard error"))?;
        Ok(Self { process, stderr: StandardError::pass_on(pipe), signals })
    }

    /// Waits for its end, and does `meanwhile`; what of that is not done by then is left undone.
    pub async fn wait(
        mut self,
        meanwhile: impl Future<Output = ()>,
    ) -> io::Result<(End, StandardError)> {
        let id = self.process.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        tokio::pin!(meanwhile);
        let mut busy = true;
        let status = loop {
            tokio::select! {
                status = self.process.wait() => break status?,
                Some(signal) = self.signals.recv() => {
                    if let Some(id) = id {
                        // It may just have ended.
                        let _ = kill(id, signal);
                    }
                }
                () = &mut meanwhile, if busy => busy = false,
            }
        };
        // Whoever it left behind may hold it open for long.
        let _ = tokio::time::timeout(LAST_WORDS, self.stderr.closed()).await;
        Ok((status.into(), self.stderr))
    }
}

/// The signals that are meant for the command.
fn signals() -> io::Result<mpsc::UnboundedReceiver<Signal>> {
    let (sender, receiver) = mpsc::unbounded_channel();
    // What is typed at a terminal reaches the command by itself, and would reach it twice.
    let typed = io::stdin().is_terminal() || io::stderr().is_terminal();
    for (kind, number, pass_on) in [
        (SignalKind::terminate(), Signal::SIGTERM, true),
        (SignalKind::hangup(), Signal::SIGHUP, true),
        (SignalKind::user_defined1(), Signal::SIGUSR1, true),
        (SignalKind::user_defined2(), Signal::SIGUSR2, true),
        (SignalKind::interrupt(), Signal::SIGINT, !typed),
        (SignalKind::quit(), Signal::SIGQUIT, !typed),
    ] {
        let mut arriving = signal(kind)?;
        let sender = sender.clone();
        tokio::spawn(async move {
            while arriving.recv().await.is_some() {
                if pass_on && sender.send(number).is_err() {
                    return;
                }
            }
        });
    }
    Ok(receiver)
}
