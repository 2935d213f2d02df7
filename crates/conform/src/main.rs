//! Tests whether a server implements the documented contract.

use std::{io, process::ExitCode};

use anyhow::Result;
use clap::Parser;
use runledger_conform::{ConformError, Contract, Target, conform};
use runledger_contract::Format;

/// The exit code for invalid arguments, which is also clap's.
const USAGE: u8 = 2;

/// Test whether a server implements the documented contract
///
/// Each claim of the contract passes, fails or is skipped. It only reads, unless --write is given.
#[derive(Parser)]
#[command(
    bin_name = "cargo xtask conform",
    after_help = "Exit codes: 0 no claim failed, 1 a claim failed or the server cannot be reached, \
                  2 invalid arguments."
)]
struct Arguments {
    /// URL of the server, such as https://runledger.example.com
    #[arg(long)]
    url: String,
    /// API key that may read and, with --write, record
    #[arg(long)]
    key: String,
    /// API key of another tenant; tests that tenants are separate
    #[arg(long, value_name = "KEY")]
    other_key: Option<String>,
    /// Record runs as well; they stay on the server, in a workflow of their own
    #[arg(long)]
    write: bool,
    /// Number of pages of the list to read, the last page not counted
    #[arg(long, value_name = "NUMBER", default_value_t = Target::DEFAULT_MAX_PAGES)]
    max_pages: usize,
    /// Format of the report
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

fn main() -> ExitCode {
    run(Arguments::parse()).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(arguments: Arguments) -> Result<ExitCode> {
    let Arguments { url, key, other_key, write, max_pages, format } = arguments;
    let target = Target { url, key, other_key, write, max_pages };
    let contract = Contract::checked_in()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let results = match runtime.block_on(conform(&target, &contract)) {
        Err(error @ (ConformError::Url | ConformError::Key | ConformError::SameKey)) => {
            eprintln!("error: {error}");
            return Ok(ExitCode::from(USAGE));
        }
        results => results?,
    };
    results.write(format, &mut io::stdout())?;
    Ok(if results.passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
