//! Reads and validates the lines of an import in batches.

use std::io::{self, Read};

use runledger_model::{WorkflowRunDetail, WorkflowRunInput};
use tokio::sync::mpsc;

use super::lines::Lines;

/// Maximum number of runs in a batch.
const MAX_BATCH_RUNS: usize = runledger_model::limits::MAX_BATCH_RUNS;
/// A batch is full once its lines have this many bytes.
const MAX_BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Number of batches that are read ahead.
const READ_AHEAD_BATCHES: usize = 2;

/// The first bytes of a gzip file.
const GZIP_MAGIC: &[u8] = &[0x1F, 0x8B];

/// Some lines of the input.
#[derive(Default)]
pub struct Batch {
    /// The valid runs with their line numbers.
    pub runs: Vec<(u64, WorkflowRunDetail)>,
    /// The numbers of the other lines, with the reasons.
    pub rejected: Vec<(u64, String)>,
    /// The number of the last line.
    pub last_line: u64,
    /// The error that ended the input early.
    pub error: Option<io::Error>,
}

/// Reads the input on a thread of its own, which ends when the receiver is dropped.
pub fn read(input: impl Read + Send + 'static) -> mpsc::Receiver<Batch> {
    let (sender, receiver) = mpsc::channel(READ_AHEAD_BATCHES);
    tokio::task::spawn_blocking(move || {
        let mut lines = Lines::new(input);
        loop {
            let (batch, more) = next_batch(&mut lines);
            if sender.blocking_send(batch).is_err() || !more {
                return;
            }
        }
    });
    receiver
}

/// The next batch, and whether more may follow.
fn next_batch(lines: &mut Lines<impl Read>) -> (Batch, bool) {
    let (mut batch, mut bytes) = (Batch::default(), 0);
    while batch.runs.len() < MAX_BATCH_RUNS
        && batch.rejected.len() < MAX_BATCH_RUNS
        && bytes < MAX_BATCH_BYTES
    {
        let (number, line) = match lines.next() {
            Ok(Some(numbered)) => numbered,
            Ok(None) => return (batch, false),
            Err(error) => {
                batch.error = Some(error);
                return (batch, false);
            }
        };
        if number == 1 && line.is_ok_and(|line| line.starts_with(GZIP_MAGIC)) {
            let hint = "the input is compressed; decompress it: zcat FILE | runledger import -";
            batch.error = Some(io::Error::other(hint));
            return (batch, false);
        }
        batch.last_line = number;
        bytes += line.map_or(0, <[u8]>::len);
        match line.map_err(str::to_owned).and_then(parse) {
            Ok(run) => batch.runs.push((number, run)),
            Err(reason) => batch.rejected.push((number, reason)),
        }
    }
    (batch, true)
}

fn parse(line: &[u8]) -> Result<WorkflowRunDetail, String> {
    let run = WorkflowRunInput::from_json(line).and_then(|run| run.into_run(None));
    run.map_err(|error| line_message(&error.body.error))
}

/// The API's message about a request body, as a message about a line.
fn line_message(message: &str) -> String {
    message.strip_prefix("body ").unwrap_or(message).replace(" at line 1 column ", " at column ")
}
