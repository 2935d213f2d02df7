//! How a command ended.

use std::{fmt, os::unix::process::ExitStatusExt, process::ExitStatus};

use crate::exit;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Termination {
    /// It exited with this code.
    Exited(u8),
    /// The signal with this number ended it.
    Signaled(i32),
}

impl Termination {
    /// The exit code that a shell reports.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Exited(code) => code,
            Self::Signaled(number) => {
                exit::exec::SIGNAL_BASE.saturating_add(u8::try_from(number).unwrap_or(127))
            }
        }
    }
}

impl fmt::Display for Termination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(code) => write!(f, "exit code {code}"),
            Self::Signaled(number) => write!(f, "ended by signal {number}"),
        }
    }
}

impl From<ExitStatus> for Termination {
    fn from(status: ExitStatus) -> Self {
        match (status.code(), status.signal()) {
            (Some(code), _) => Self::Exited(code as u8),
            (None, signal) => Self::Signaled(signal.unwrap_or(0)),
        }
    }
}
