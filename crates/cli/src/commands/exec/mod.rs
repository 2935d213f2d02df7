//! `runledger exec`: runs a command and records it as a run.

mod child;
mod command_line;
mod heartbeat;
mod output;
mod record;
mod recorder;
mod signals;
mod termination;
mod without_key;

use std::{
    env,
    ffi::{OsStr, OsString},
    io::ErrorKind,
    process::ExitCode,
    time::Duration,
};

use clap::Args;

use self::{
    child::{Child, Start},
    command_line::quoted,
    heartbeat::HeartbeatTimeout,
    record::{Contents, Record},
    recorder::Recorder,
};
use crate::{
    exit, ledger::Access, message::message, spool::SpoolOption, usage::bail_usage, values,
};

/// Run a command and record it as a run.
///
/// The run is RUNNING while the command runs. It ends as SUCCEEDED if the exit code is 0, and as
/// FAILED with any other code. If a signal ended the command, it is CANCELLED if this process
/// passed the signal on, or the terminal sent it, and otherwise FAILED: it crashed, or the system
/// had no more memory. The run has one step, whose error is the end of the command's standard
/// error.
///
/// The command has the input and output of this process and receives its signals. Its standard
/// error is copied through a pipe, so it is not a terminal, and this process waits until every
/// process that inherited the pipe has closed it. The command does not get RUNLEDGER_KEY.
///
/// The command runs whatever happens to the recording: problems are reported on standard error
/// and do not change the exit code. A run that cannot be delivered is stored in the spool
/// directory and delivered by the next command with the same server and key; see `runledger spool`.
///
/// Exit codes: that of the command; 128 plus the number of the signal that ended it; 127 if the
/// command does not exist, and 126 if it cannot be run. 2 if the arguments are invalid: the command
/// has not been run then, and a message says so; or the command itself ended with 2.
#[derive(Args)]
#[command(override_usage = "runledger exec [OPTIONS] -- <COMMAND>...")]
#[command(after_help = "\
Examples:
  runledger exec --workflow backup -- ./backup.sh --full

  # A pipeline
  runledger exec --workflow report -- sh -c 'make-report | mail -s report me'

  # In a crontab; only its owner can read the file with the key
  RUNLEDGER_URL=https://runledger.example.com
  RUNLEDGER_KEY_FILE=/home/acme/.runledger-key
  0 3 * * *  runledger exec --workflow backup -- /usr/local/bin/backup.sh")]
pub struct Exec {
    /// Workflow that the run belongs to, 1 to 255 characters. Without it the command runs and is
    /// not recorded.
    #[arg(long, env = "RUNLEDGER_WORKFLOW", value_name = "ID")]
    workflow: Option<String>,

    #[command(flatten)]
    access: Access,

    #[command(flatten)]
    spool: SpoolOption,

    /// Time after which the server ends the run as FAILED with the outcome LOST if it hears no more
    /// of it, such as after a power failure. This process sends a heartbeat three times as often.
    /// Whole seconds, with a unit; 0s for none. The API has it in seconds.
    #[arg(
        long,
        env = "RUNLEDGER_HEARTBEAT_TIMEOUT",
        value_name = "DURATION",
        default_value = "3min",
        value_parser = HeartbeatTimeout::parse
    )]
    heartbeat_timeout: HeartbeatTimeout,

    /// Time to wait for the server after the command has ended, at most a day. Then the run is left
    /// in the spool directory.
    #[arg(
        long,
        env = "RUNLEDGER_END_TIMEOUT",
        value_name = "DURATION",
        default_value = "2s",
        value_parser = values::duration
    )]
    end_timeout: Duration,

    /// Record the arguments of the command, up to 1,024 characters, in the metadata of the step as
    /// `command`. Not the default, because arguments may be secrets.
    #[arg(long, env = "RUNLEDGER_RECORD_ARGUMENTS")]
    record_arguments: bool,

    /// Record the last 1,024 characters of standard output in the metadata of the step as `stdout`.
    /// Standard output is copied through a pipe then, so it is not a terminal.
    #[arg(long, env = "RUNLEDGER_RECORD_OUTPUT")]
    record_output: bool,

    /// Pass RUNLEDGER_KEY on to the command, such as to one that calls `runledger` itself.
    #[arg(long, env = "RUNLEDGER_KEEP_KEY")]
    keep_key: bool,

    /// Command to run, with its arguments.
    // Not `last`: a command without `--` before it gets a message that says what to type.
    #[arg(trailing_var_arg = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

impl Exec {
    /// Runs the command to its end and returns its exit code. Problems with the recording are
    /// reported on standard error only.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let Self {
            workflow,
            access,
            spool,
            heartbeat_timeout,
            end_timeout,
            record_arguments,
            record_output,
            keep_key,
            command,
        } = self;
        if !follows_dashes(&command, &env::args_os().collect::<Vec<_>>()) {
            bail_usage!("{}", missing_dashes(workflow.as_deref(), &command));
        }
        let workflow = workflow.unwrap_or_default();
        let recorder =
            Recorder::new(&workflow, &access, spool, heartbeat_timeout.period(), end_timeout);
        let contents = Contents { heartbeat_timeout, has_arguments: record_arguments };
        let mut record = Record::new(workflow, &command, &contents);
        let _stored = recorder.store(record.pending());
        let start = Start { command: &command, copies_stdout: record_output, keeps_key: keep_key };
        let child = match Child::start(&start) {
            Ok(child) => child,
            Err(error) => {
                message!("runledger: cannot run {}: {error}", command[0].display());
                recorder.finish(record.not_started(&error.to_string())).await;
                let is_missing = error.kind() == ErrorKind::NotFound;
                let code =
                    if is_missing { exit::exec::NOT_FOUND } else { exit::exec::NOT_EXECUTABLE };
                return Ok(code.into());
            }
        };
        let running = record.started(child.id());
        let (end, mut outputs) = child.wait(recorder.accompany(running)).await?;
        recorder.finish(record.ended(&end)).await;
        outputs.closed().await;
        Ok(end.termination.exit_code().into())
    }
}

/// Whether the command, which is at the end of the arguments of this process, comes after `--`.
fn follows_dashes(command: &[OsString], arguments: &[OsString]) -> bool {
    let before = arguments.strip_suffix(command).and_then(<[_]>::last);
    before.is_some_and(|word| word == "--")
}

/// What to type instead of a command without `--` before it.
fn missing_dashes(workflow: Option<&str>, command: &[OsString]) -> String {
    let words = ["runledger", "exec", "--workflow", workflow.unwrap_or("NAME"), "--"];
    let words = words.map(OsStr::new).into_iter().chain(command.iter().map(OsString::as_os_str));
    let line = quoted(words);
    format!("the command must come after `--`, so that its options are its own\nType: {line}")
}
