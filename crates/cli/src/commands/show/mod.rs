//! `runledger show`: shows one run to people.

mod details;
mod steps;
mod tree;

use std::io::Write;

use anyhow::anyhow;
use clap::Args;
use runledger_model::Timestamp;

use self::details::Details;
use crate::{
    exit::Exit,
    screen::{Screen, shell_word},
    source::Source,
    usage::bail_usage,
    values,
};

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

  # Its first attempt
  runledger show run_abc123 --tenant acme --attempt 1

  # For scripts: the run as one JSON object, as the API returns it
  runledger show run_abc123 --tenant acme --json | jq .steps")]
pub struct Show {
    /// Id of the run, as `runledger list` shows it.
    id: String,

    #[command(flatten)]
    source: Source,

    /// Show this attempt of the run, and not the newest one.
    #[arg(
        long,
        env = "RUNLEDGER_ATTEMPT",
        value_name = "NUMBER",
        allow_negative_numbers = true,
        value_parser = |text: &str| values::whole_number(text, 1..=i32::MAX.cast_unsigned(), 2)
    )]
    attempt: Option<u32>,

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
        if self.id.is_empty() {
            bail_usage!("the id must not be empty");
        }
        let ledger = self.source.open().await?;
        let source = self.source.typed_options();
        let found = match self.attempt {
            Some(attempt) => ledger.get_attempt(&self.id, attempt.cast_signed()).await?,
            None => ledger.get(&self.id).await?,
        };
        let Some(run) = found else { return Err(self.not_found(&source)) };
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

    fn not_found(&self, source: &str) -> anyhow::Error {
        let Self { id, attempt, .. } = self;
        match attempt {
            Some(attempt) => anyhow!(
                "there is no attempt {attempt} of the run {id:?}\n\
                 Its attempts: runledger show {}{source}",
                shell_word(id)
            ),
            None => {
                anyhow!("there is no run {id:?}\nThe newest runs: runledger list{source}")
            }
        }
    }
}
