//! Exit codes. `exec` has its own, since it exits as its command did.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything was done.
    Succeeded,
    /// The command failed, or a check could not be made.
    Failed,
    /// The command line or the environment is invalid. clap ends the process with this code.
    Usage,
    /// The command ran to its end and reported runs that it rejected or skipped, or faults.
    Findings,
}

impl Exit {
    /// All exit codes, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Succeeded, Self::Failed, Self::Usage, Self::Findings];

    /// The number that the process ends with.
    pub const fn code(self) -> u8 {
        match self {
            Self::Succeeded => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Findings => 3,
        }
    }

    /// What the code means, for help texts and manuals.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Succeeded => "Success",
            Self::Failed => "Failure; the message states the cause and what to do",
            Self::Usage => "Invalid arguments",
            Self::Findings => "Some runs were rejected or skipped, or a check found faults",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Exit codes of `exec` where its command has none of its own. A shell uses the same ones.
pub mod exec {
    /// The command exists and cannot be run.
    pub const NOT_EXECUTABLE: u8 = 126;
    /// There is no such command.
    pub const NOT_FOUND: u8 = 127;
    /// Added to the number of the signal that ended the command.
    pub const SIGNAL_BASE: u8 = 128;
}

/// The table of exit codes at the end of `runledger --help`.
pub fn help() -> String {
    let lines = Exit::ALL.map(|exit| format!("\n  {}  {}", exit.code(), exit.meaning()));
    format!(
        "Exit codes:{}\n`exec` exits with the code of its command; see `runledger exec --help`.",
        lines.concat()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_never_change() {
        assert_eq!(Exit::ALL.map(Exit::code), [0, 1, 2, 3]);
        let usage = clap::Error::new(clap::error::ErrorKind::UnknownArgument);
        assert_eq!(usage.exit_code(), i32::from(Exit::Usage.code()));
    }
}
