//! The process of the command.

use std::{
    ffi::OsString,
    future::Future,
    io,
    process::Stdio,
    time::{Duration, Instant},
};

use nix::{sys::signal::kill, unistd::Pid};
use runledger_model::Timestamp;
use tokio::{process::Command, time::timeout};

use super::{output::Output, signals::Signals, termination::Termination};

/// The variable with the API key, which the command does not get.
const KEY_VARIABLE: &str = "RUNLEDGER_KEY";

/// Time to wait, after the command has ended, for the rest of its output before the end of the run
/// is reported.
const OUTPUT_TIMEOUT: Duration = Duration::from_secs(1);

/// How a command is started.
pub struct Start<'a> {
    /// The program and its arguments.
    pub command: &'a [OsString],
    /// Whether standard output is copied, and its end kept.
    pub copies_stdout: bool,
    /// Whether the command gets the API key of this process.
    pub keeps_key: bool,
}

/// A command that has been started.
pub struct Child {
    process: tokio::process::Child,
    start: Instant,
    signals: Signals,
    outputs: Outputs,
}

/// The end of a command.
pub struct End {
    /// How it ended.
    pub termination: Termination,
    /// When it ended, by the system clock.
    pub time: Timestamp,
    /// How long it ran, by the monotonic clock.
    pub elapsed: Duration,
    /// The end of its standard error.
    pub stderr: String,
    /// The end of its standard output, if that is copied.
    pub stdout: Option<String>,
}

/// The outputs of the command that are copied. Processes that it left behind may still write to
/// them.
pub struct Outputs {
    stderr: Output,
    stdout: Option<Output>,
}

impl Child {
    /// Starts the command with the input and output of this process.
    ///
    /// # Errors
    /// If the command cannot be started.
    pub fn start(start: &Start) -> io::Result<Self> {
        let Start { command, copies_stdout, keeps_key } = *start;
        // Handled before the command starts: a signal must not end this process first.
        let signals = Signals::listen()?;
        let mut process = Command::new(&command[0]);
        process.args(&command[1..]).stderr(Stdio::piped());
        if copies_stdout {
            process.stdout(Stdio::piped());
        }
        if !keeps_key {
            process.env_remove(KEY_VARIABLE);
        }
        let start = Instant::now();
        let mut process = process.spawn()?;
        let stderr = process.stderr.take().ok_or_else(|| io::Error::other("no standard error"))?;
        let stdout = process.stdout.take().map(Output::stdout);
        let outputs = Outputs { stderr: Output::stderr(stderr), stdout };
        Ok(Self { process, start, signals, outputs })
    }

    /// The id of the process.
    pub fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Waits until the command ends, and runs `meanwhile` until then.
    ///
    /// # Errors
    /// If the system cannot wait for the process.
    pub async fn wait(mut self, meanwhile: impl Future<Output = ()>) -> io::Result<(End, Outputs)> {
        let id = self.process.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        tokio::pin!(meanwhile);
        let mut is_pending = true;
        let status = loop {
            tokio::select! {
                status = self.process.wait() => break status?,
                signal = self.signals.next() => {
                    if let Some(id) = id {
                        // Fails if the process has just ended.
                        let _ = kill(id, signal);
                    }
                }
                () = &mut meanwhile, if is_pending => is_pending = false,
            }
        };
        let (time, elapsed) = (Timestamp::now(), self.start.elapsed());
        // Processes that the command left behind may keep its outputs open.
        let _ = timeout(OUTPUT_TIMEOUT, self.outputs.closed()).await;
        let termination = Termination::new(status, self.signals.received());
        let Outputs { stderr, stdout } = &self.outputs;
        let (stderr, stdout) = (stderr.tail(), stdout.as_ref().map(Output::tail));
        Ok((End { termination, time, elapsed, stderr, stdout }, self.outputs))
    }
}

impl Outputs {
    /// Waits until every process that has the other ends of the pipes has closed them. May be
    /// canceled and called again.
    pub async fn closed(&mut self) {
        self.stderr.closed().await;
        if let Some(stdout) = &mut self.stdout {
            stdout.closed().await;
        }
    }
}
