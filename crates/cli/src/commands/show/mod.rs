//! `runledger show`: shows one run to people.

mod details;
mod steps;
mod tree;

use std::io::Write;

use anyhow::bail;
use clap::Args;
use runledger_model::Timestamp;

use self::details::Details;
use crate::{exit::Exit, screen::Screen, source::Source};

/// Show a run with its steps.
///
/// The error of the step that failed last comes first, in full, and then all steps as a tree. A
/// retried step has a line for each attempt. Times are in UTC.
///
/// Of more than 100 steps, those that succeeded one after the other are summarized in one line;
/// --all-steps shows each. NO_COLOR=1 switches colors off.
#[derive(Args)]
#[command(after_help = "\
Examples:
  # A run of a tenant in runledger.db
  runledger show run_abc123 --tenant acme

  # The newest failed run
  runledger show --tenant acme \\
      \"$(runledger list --tenant acme --failed --limit 1 --json | jq -r .id)\"

  # For scripts: the run as one JSON object, as the API returns it
  runledger show run_abc123 --tenant acme --json | jq .steps")]
pub struct Show {
    /// Id of the run, as `runledger list` shows it.
    id: String,

    #[command(flatten)]
    source: Source,

    /// Show every step, also of a run with many.
    #[arg(long, env = "RUNLEDGER_ALL_STEPS")]
    all_steps: bool,

    /// Write the run as one JSON object.
    #[arg(long, env = "RUNLEDGER_JSON")]
    json: bool,
}

impl Show {
    /// Shows the run.
    pub async fn run(self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let ledger = self.source.open().await?;
        let source = self.source.typed_options();
        let Some(run) = ledger.get(&self.id).await? else {
            bail!("there is no run {:?}\nThe newest runs: runledger list{source}", self.id);
        };
        if self.json {
            serde_json::to_writer(&mut *out, &run).map_err(std::io::Error::from)?;
            out.write_all(b"\n")?;
            return Ok(Exit::Succeeded);
        }
        let details = Details { run: &run, shows_all_steps: self.all_steps, source: &source };
        let text = details.render(&Screen::of_stdout(), Timestamp::now());
        out.write_all(text.as_bytes())?;
        Ok(Exit::Succeeded)
    }
}
