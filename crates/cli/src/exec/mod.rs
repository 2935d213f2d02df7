//! `runledger exec`: runs any command and records it as a run.

mod child;
mod record;
mod spool;
mod tail;

use std::{ffi::OsString, path::PathBuf, process::ExitCode, time::Duration};

use clap::Args;
use runledger_model::{Timestamp, WorkflowRunDetail};

use self::{child::Child, record::Record, spool::Spool};
use crate::{
    keys::check_name,
    remote::{Access, Hasty},
};

/// Run a command and record it as a run: RUNNING when it starts; SUCCEEDED, FAILED or, where a signal ended it,
/// CANCELLED when it ends, with the end of its standard error as the error of its one step.
///
/// The command's input, output and exit code are its own, and signals are passed on to it. Its standard error is
/// passed through a pipe, so that it is no terminal to the command, and this waits, like any pipe, until everything
/// that the command has left behind has closed it. The command never waits for the server: what cannot be delivered
/// is kept in a spool folder, and delivered after the next command that can be.
///
/// Exit codes: the command's own; 128 and the signal's number where a signal ended it; 127 where there is no such
/// command, and 126 where it cannot be run.
#[derive(Args)]
#[command(after_help = "\
Examples:
  runledger exec --workflow backup -- ./backup.sh --full
  runledger exec --workflow report -- sh -c 'make-report | mail -s report me'

In a crontab, with the server and the key set once:
  RUNLEDGER_URL=https://runledger.example.com
  RUNLEDGER_KEY=rl_…
  0 3 * * *  runledger exec --workflow backup -- /usr/local/bin/backup.sh")]
pub struct Exec {
    /// The workflow that the run belongs to: any name of 1 to 255 characters. Without one the command runs and is not
    /// recorded.
    #[arg(long, env = "RUNLEDGER_WORKFLOW", value_name = "NAME")]
    workflow: Option<String>,

    #[command(flatten)]
    access: Access,

    /// Where runs are kept that could not be delivered; by default in the user's state folder
    /// (~/.local/state/runledger/spool).
    #[arg(long, env = "RUNLEDGER_SPOOL", value_name = "FOLDER")]
    spool: Option<PathBuf>,

    /// The command and its arguments, after --.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// How long the server has to take the news of a run.
const PATIENCE: Duration = Duration::from_secs(10);

impl Exec {
    /// Runs the command to its end. What goes wrong with the recording is told on standard error, and changes nothing
    /// about the command.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let workflow = self.workflow.unwrap_or_default();
        let delivery = Delivery::new(&workflow, &self.access, self.spool);
        let mut record = Record::new(workflow, &self.command);
        let child = match Child::start(&self.command) {
            Ok(child) => child,
            Err(error) => {
                let name = self.command[0].display();
                eprintln!("runledger: {name} cannot be run: {error}");
                delivery.finish(record.not_started(&error.to_string())).await;
                let code = if error.kind() == std::io::ErrorKind::NotFound { 127 } else { 126 };
                return Ok(ExitCode::from(code));
            }
        };
        let running = record.started(Timestamp::now());
        let (end, stderr) = child.wait(delivery.announce(running)).await?;
        delivery.finish(record.ended(Timestamp::now(), &end, &stderr.tail())).await;
        stderr.close().await;
        Ok(ExitCode::from(end.code()))
    }
}

/// The way to the server, and what is done where it is barred.
struct Delivery(Option<(Hasty, Spool)>);

impl Delivery {
    /// Where the workflow or the server is not named as it must be there is none: the command runs all the same.
    fn new(workflow: &str, access: &Access, folder: Option<PathBuf>) -> Self {
        let way = || {
            check_name("--workflow", workflow, 1)?;
            let remote = access.remote()?;
            let spool = Spool::new(folder, &remote.name())?;
            anyhow::Ok((remote.impatient(PATIENCE)?, spool))
        };
        Self(way().inspect_err(|error| eprintln!("runledger: not recorded: {error:#}")).ok())
    }

    /// Tells that the run has started. That it ended will be told in any case.
    async fn announce(&self, run: WorkflowRunDetail) {
        if let Some((server, _)) = &self.0 {
            let _ = server.record(&run).await;
        }
    }

    /// Delivers the ended run and, where that works, those that were kept before; or keeps it.
    async fn finish(&self, run: WorkflowRunDetail) {
        let Some((server, spool)) = &self.0 else { return };
        match server.record(&run).await {
            Ok(()) => spool.deliver(server).await,
            Err(error) => match spool.keep(&run) {
                Ok(file) => {
                    eprintln!(
                        "runledger: {error}; kept in {} until this server takes it with this key",
                        file.display()
                    )
                }
                Err(lost) => {
                    eprintln!("runledger: not recorded: {error}, and it cannot be kept: {lost:#}")
                }
            },
        }
    }
}
