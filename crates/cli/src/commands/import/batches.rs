//! Reads and validates the runs of an import in batches.

use std::{
    collections::BTreeSet,
    io::{self, BufRead, Read},
};

use bytesize::ByteSize;
use runledger_model::{Recording, WorkflowRunInput};
use runledger_store::RunSize;
use serde_json::{Map, Value};
use tokio::sync::mpsc;

use super::{input, lines::MAX_BYTES, position::Position, records::Records, unknown};
use crate::screen::shell_word;

/// Maximum number of runs in a batch.
const MAX_BATCH_RUNS: usize = runledger_model::limits::MAX_BATCH_RUNS;
/// A batch is full once its runs have this many bytes.
const MAX_BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Number of batches that are read ahead.
const READ_AHEAD_BATCHES: usize = 2;
/// A run is at most so many times as large when all of its fields are written.
const MAX_GROWTH: usize = 16;

/// What is accepted beyond the API's rules for a run.
#[derive(Clone, Copy)]
pub struct Rules {
    /// Whether fields that the API does not know are faults.
    pub strict: bool,
    /// The greatest size of a run as JSON, in bytes.
    pub max_run_bytes: usize,
}

/// Some runs of the input.
#[derive(Default)]
pub struct Batch {
    /// The valid runs with their positions.
    pub runs: Vec<(Position, Recording)>,
    /// The positions of the others, with the reasons.
    pub rejected: Vec<(Position, String)>,
    /// For each run that has fields that the API does not know, their names.
    pub unknown: Vec<BTreeSet<String>>,
    /// The number of the line in which the last run begins.
    pub last_line: u64,
    /// The error that ended the input early.
    pub error: Option<io::Error>,
}

/// Reads the input on a thread of its own, which ends when the receiver is dropped.
pub fn read(input: impl Read + Send + 'static, rules: Rules) -> mpsc::Receiver<Batch> {
    let (sender, receiver) = mpsc::channel(READ_AHEAD_BATCHES);
    tokio::task::spawn_blocking(move || {
        let mut records = match input::text(input) {
            Ok(text) => Records::new(text),
            Err(error) => {
                // Without a receiver the import has ended already.
                let _ = sender.blocking_send(Batch { error: Some(error), ..Batch::default() });
                return;
            }
        };
        loop {
            let (batch, more) = next_batch(&mut records, rules);
            if sender.blocking_send(batch).is_err() || !more {
                return;
            }
        }
    });
    receiver
}

/// The next batch, and whether more may follow.
fn next_batch(records: &mut Records<impl BufRead>, rules: Rules) -> (Batch, bool) {
    let (mut batch, mut bytes) = (Batch::default(), 0);
    while batch.runs.len() < MAX_BATCH_RUNS
        && batch.rejected.len() < MAX_BATCH_RUNS
        && bytes < MAX_BATCH_BYTES
    {
        let record = match records.next() {
            Ok(Some(record)) => record,
            Ok(None) => return (batch, false),
            Err(error) => {
                batch.error = Some(input::unreadable(&error));
                return (batch, false);
            }
        };
        let (position, text) = (record.position, record.text.unwrap_or_default());
        let line = position.line;
        if line == 1
            && let Some(hint) = input::csv_hint(&text)
        {
            batch.error = Some(io::Error::other(hint));
            return (batch, false);
        }
        batch.last_line = line;
        bytes += text.len();
        let unknown = unknown::names(&text);
        match rules.parse(line, &text, &unknown) {
            Ok(run) => batch.runs.push((position, run)),
            Err(reason) => batch.rejected.push((position, reason)),
        }
        if !unknown.is_empty() {
            batch.unknown.push(unknown);
        }
    }
    (batch, true)
}

impl Rules {
    /// The run in this text, which begins at this line.
    fn parse(
        self,
        line: u64,
        text: &[u8],
        unknown: &BTreeSet<String>,
    ) -> Result<Recording, String> {
        if text.is_empty() {
            return Err(format!("the run is longer than {}", ByteSize(MAX_BYTES as u64)));
        }
        let run = WorkflowRunInput::from_json(text).and_then(|run| run.into_recording(None));
        let run = run.map_err(|error| {
            list_hint(text, unknown).unwrap_or_else(|| message(line, &error.body.error))
        })?;
        if self.strict && !unknown.is_empty() {
            let names: Vec<_> = unknown.iter().map(String::as_str).collect();
            return Err(format!("unknown fields: {}", names.join(", ")));
        }
        if text.len() > self.max_run_bytes / MAX_GROWTH {
            let bytes = RunSize::of(run.as_new()).bytes;
            if bytes > self.max_run_bytes {
                return Err(format!(
                    "the run has {} as JSON, more than the {} that a server accepts and returns \
                     (--body-limit)",
                    ByteSize(bytes as u64),
                    ByteSize(self.max_run_bytes as u64)
                ));
            }
        }
        Ok(run)
    }
}

/// What to type for an object that is no run and has a list of them, such as a response of the API
/// or an export of another program.
fn list_hint(text: &[u8], unknown: &BTreeSet<String>) -> Option<String> {
    let object: Map<String, Value> = serde_json::from_slice(text).ok()?;
    if ["workflow_id", "status"].iter().any(|name| object.contains_key(*name)) {
        return None;
    }
    let is_list =
        |value: &Value| value.as_array().is_some_and(|list| list.iter().any(Value::is_object));
    let (name, _) =
        object.iter().find(|(name, value)| unknown.contains(*name) && is_list(value))?;
    let is_word = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let path =
        if is_word { format!(".{name}[]") } else { format!(".[{}][]", Value::from(&**name)) };
    Some(format!(
        "the object is no run; to import the list in it: jq -c {} FILE | runledger import -",
        shell_word(&path)
    ))
}

/// The API's message about a request body, as a message about a run that begins at this line.
fn message(line: u64, message: &str) -> String {
    let message = message.strip_prefix("body ").unwrap_or(message);
    let message = message.strip_suffix(" in a batch").unwrap_or(message);
    let Some((problem, place)) = message.rsplit_once(" at line ") else {
        return message.to_owned();
    };
    match place.split_once(" column ").and_then(|(line, column)| Some((line.parse().ok()?, column)))
    {
        Some((1, column)) => format!("{problem} at column {column}"),
        Some((nth, column)) => format!("{problem} at line {} column {column}", line + nth - 1),
        None => message.to_owned(),
    }
}
