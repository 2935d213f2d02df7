//! How a command ended.

use std::{fmt, os::unix::process::ExitStatusExt, process::ExitStatus};

use nix::sys::signal::Signal;

use crate::exit;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Termination {
    cause: Cause,
    /// Whether the command was stopped: it ended by a signal that this process received for it.
    is_stopped: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// It exited with this code.
    Exited(u8),
    /// The signal with this number ended it.
    Signaled(i32),
}

/// What the end of a command means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// It did what it should.
    Succeeded,
    /// It says that it failed.
    Failed,
    /// A signal ended it that did not come through this process, such as after an invalid memory
    /// access or if the system has no more memory.
    Crashed,
    /// A user or the system stopped it through this process.
    Stopped,
}

impl Termination {
    /// The end with this status, after this process received these signals for the command.
    pub fn new(status: ExitStatus, received: &[Signal]) -> Self {
        let cause = match (status.code(), status.signal()) {
            (Some(code), _) => Cause::Exited(code as u8),
            (None, signal) => Cause::Signaled(signal.unwrap_or(0)),
        };
        // A program that handles a signal and ends because of it exits with the code that a shell
        // reports for the signal.
        let is_stopped =
            received.iter().any(|signal| cause.exit_code() == signal_code(*signal as i32));
        Self { cause, is_stopped }
    }

    /// What the end means.
    pub fn meaning(self) -> Meaning {
        match self.cause {
            _ if self.is_stopped => Meaning::Stopped,
            Cause::Exited(0) => Meaning::Succeeded,
            Cause::Exited(_) => Meaning::Failed,
            Cause::Signaled(_) => Meaning::Crashed,
        }
    }

    /// The exit code that a shell reports.
    pub fn exit_code(self) -> u8 {
        self.cause.exit_code()
    }
}

impl Cause {
    fn exit_code(self) -> u8 {
        match self {
            Self::Exited(code) => code,
            Self::Signaled(number) => signal_code(number),
        }
    }
}

fn signal_code(number: i32) -> u8 {
    exit::exec::SIGNAL_BASE.saturating_add(u8::try_from(number).unwrap_or(127))
}

impl fmt::Display for Termination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cause {
            Cause::Exited(code) => write!(f, "exit code {code}"),
            Cause::Signaled(number) => match Signal::try_from(number) {
                Ok(signal) => write!(f, "ended by signal {number}, {signal}"),
                Err(_) => write!(f, "ended by signal {number}"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_signal_that_was_passed_on_stops_a_command() {
        let end = |status, received: &[Signal]| {
            let end = Termination::new(ExitStatus::from_raw(status), received);
            (end.meaning(), end.exit_code(), end.to_string())
        };
        let exited = |code: i32| code << 8;
        let (term, kill) = (Signal::SIGTERM, Signal::SIGKILL as i32);
        let stopped = "ended by signal 15, SIGTERM".to_owned();
        assert_eq!(end(0, &[term]), (Meaning::Succeeded, 0, "exit code 0".to_owned()));
        assert_eq!(end(exited(3), &[term]), (Meaning::Failed, 3, "exit code 3".to_owned()));
        assert_eq!(end(term as i32, &[term]), (Meaning::Stopped, 143, stopped.clone()));
        assert_eq!(end(term as i32, &[]), (Meaning::Crashed, 143, stopped));
        let (meaning, code, text) = end(kill, &[term]);
        assert_eq!((meaning, code), (Meaning::Crashed, 137));
        assert_eq!(text, "ended by signal 9, SIGKILL");
        assert_eq!(end(exited(143), &[term]).0, Meaning::Stopped);
        assert_eq!(end(exited(143), &[Signal::SIGINT]).0, Meaning::Failed);
        assert_eq!(end(64, &[]).2, "ended by signal 64");
    }
}
