//! `runledger exec`: runs a command and records it as a run.

mod child;
mod delivery;
mod record;
mod spool;
mod stderr;
mod termination;

use std::{ffi::OsString, io::ErrorKind, path::PathBuf, process::ExitCode};

use clap::Args;
use runledger_model::Timestamp;

use self::{child::Child, delivery::Delivery, record::Record};
use crate::{exit, ledger::Access, message::message};

/// Run a command and record it as a run.
///
/// The run is RUNNING while the command runs. It ends as SUCCEEDED if the exit code is 0, as
/// FAILED with any other code, and as CANCELLED if a signal ended the command. The run has one
/// step, whose error is the end of the command's standard error.
///
/// The command has the input and output of this process and receives its signals. Its standard
/// error is copied through a pipe, so it is not a terminal, and this process waits until every
/// process that inherited the pipe has closed it.
///
/// The command runs whatever happens to the recording: problems are reported on standard error
/// and do not change the exit code. A run that cannot be delivered is stored in the spool
/// directory and delivered after the next command with the same server and key.
///
/// Exit codes: that of the command; 128 plus the number of the signal that ended it; 127 if the
/// command does not exist, and 126 if it cannot be run.
#[derive(Args)]
#[command(after_help = "\
Examples:
  runledger exec --workflow backup -- ./backup.sh --full

  # A pipeline
  runledger exec --workflow report -- sh -c 'make-report | mail -s report me'

  # In a crontab
  RUNLEDGER_URL=https://runledger.example.com
  RUNLEDGER_KEY=rl_…
  0 3 * * *  runledger exec --workflow backup -- /usr/local/bin/backup.sh")]
pub struct Exec {
    /// Workflow that the run belongs to, 1 to 255 characters. Without it the command runs and is
    /// not recorded.
    #[arg(long, env = "RUNLEDGER_WORKFLOW", value_name = "ID")]
    workflow: Option<String>,

    #[command(flatten)]
    access: Access,

    /// Directory for runs that cannot be delivered. The default is in the home directory:
    /// .local/state/runledger/spool.
    #[arg(long, env = "RUNLEDGER_SPOOL", value_name = "DIRECTORY")]
    spool: Option<PathBuf>,

    /// Command to run, with its arguments.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

impl Exec {
    /// Runs the command to its end and returns its exit code. Problems with the recording are
    /// reported on standard error only.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let workflow = self.workflow.unwrap_or_default();
        let delivery = Delivery::new(&workflow, &self.access, self.spool);
        let mut record = Record::new(workflow, &self.command);
        let child = match Child::start(&self.command) {
            Ok(child) => child,
            Err(error) => {
                message!("runledger: cannot run {}: {error}", self.command[0].display());
                delivery.finish(record.not_started(&error.to_string())).await;
                let is_missing = error.kind() == ErrorKind::NotFound;
                let code =
                    if is_missing { exit::exec::NOT_FOUND } else { exit::exec::NOT_EXECUTABLE };
                return Ok(code.into());
            }
        };
        let running = record.started(Timestamp::now());
        let (termination, stderr) = child.wait(delivery.announce(running)).await?;
        delivery.finish(record.ended(Timestamp::now(), termination, &stderr.tail())).await;
        stderr.closed().await;
        Ok(termination.exit_code().into())
    }
}
