//! The report and the exit code of a command.

use std::{io::Write, process::ExitCode};

use anyhow::Result;
use runledger_contract::{Format, Level, Report};

/// The exit code for breaking changes.
const BREAKING: u8 = 3;
/// The exit code for files that are not what the types generate.
pub const STALE: u8 = 4;

/// Writes a report, and returns the exit code for the worst of its findings.
///
/// # Errors
/// Where the output cannot be written.
pub fn write(report: &Report, format: Format, out: &mut dyn Write) -> Result<ExitCode> {
    report.write(format, out)?;
    Ok(match report.worst() {
        Some(Level::Error) => ExitCode::FAILURE,
        Some(Level::Breaking) => ExitCode::from(BREAKING),
        _ => ExitCode::SUCCESS,
    })
}
