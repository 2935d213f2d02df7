//! `cargo xtask conform`: the documented contract, tried on any server. Ends with 1 where the server does not hold it.

use std::{io::Write, process::ExitCode};

use anyhow::Result;
use runledger_conform::{ConformError, Contract, Target, conform};

use crate::openapi::Format;

/// What a command line that makes no sense ends with, as clap does.
const USAGE: u8 = 2;

#[derive(clap::Args)]
pub struct Arguments {
    /// Where the server is, such as https://runledger.example.com
    #[arg(long)]
    url: String,
    /// An API key that may read, and with --write record as well
    #[arg(long)]
    key: String,
    /// The API key of another tenant, to see whether the two are kept apart
    #[arg(long, value_name = "KEY")]
    other_key: Option<String>,
    /// Record runs, too; they stay on the server, in a workflow of their own
    #[arg(long)]
    write: bool,
    /// How many pages of the list are read at most, and the last one
    #[arg(long, value_name = "N", default_value_t = Target::MOST_PAGES)]
    most_pages: usize,
    /// How the findings are written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Tries every claim of the contract.
///
/// # Errors
/// Where the server cannot be reached.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<ExitCode> {
    let target = Target {
        url: arguments.url.clone(),
        key: arguments.key.clone(),
        other_key: arguments.other_key.clone(),
        write: arguments.write,
        most_pages: arguments.most_pages,
    };
    let contract = Contract::checked_in()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = match runtime.block_on(conform(&target, &contract)) {
        Err(error @ (ConformError::Url | ConformError::Key | ConformError::SameKey)) => {
            eprintln!("error: {error}");
            return Ok(ExitCode::from(USAGE));
        }
        outcome => outcome?,
    };
    outcome.write(arguments.format.into(), out)?;
    Ok(if outcome.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
