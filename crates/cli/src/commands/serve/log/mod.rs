//! The log of `runledger serve`.

mod writer;

use std::io::{self, IsTerminal};

use clap::{Args, ValueEnum};
use tracing_subscriber::filter::LevelFilter;

use self::writer::LineWriter;
pub use self::writer::LogThread;

/// The options of the log.
#[derive(Args)]
pub struct Log {
    /// Format of the log on standard error.
    #[arg(
        long,
        alias = "log",
        env = "RUNLEDGER_LOG_FORMAT",
        value_name = "FORMAT",
        value_enum,
        default_value_t = Format::Text
    )]
    log_format: Format,

    /// Lowest severity to log: error, warn, info (includes a line per request), debug or trace;
    /// or off.
    #[arg(long, env = "RUNLEDGER_LOG_LEVEL", value_name = "LEVEL", default_value = "info")]
    log_level: LevelFilter,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line of text per event
    Text,
    /// A JSON object per line
    Json,
}

impl Log {
    /// Starts logging to standard error. Must be called once, before anything is logged. The last
    /// lines are written when what it returns is dropped.
    ///
    /// # Errors
    /// If the system refuses a thread.
    pub fn start(&self) -> io::Result<LogThread> {
        let (writer, thread) = LineWriter::start(io::stderr())?;
        let log = tracing_subscriber::fmt().with_max_level(self.log_level).with_target(false);
        let log = log.with_writer(writer).with_ansi(io::stderr().is_terminal());
        // By default a line that cannot be written, such as to a full disk, is a panic.
        let log = log.log_internal_errors(false);
        match self.log_format {
            Format::Text => log.init(),
            Format::Json => log.json().flatten_event(true).init(),
        }
        Ok(thread)
    }
}
