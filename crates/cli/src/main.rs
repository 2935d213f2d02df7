//! `runledger`, the command line.
#![allow(rustdoc::bare_urls, reason = "clap prints doc comments of options as they are")]

mod arguments;
mod commands;
mod database;
mod exit;
mod failure;
mod filters;
mod hint;
mod http_server;
#[cfg(unix)]
mod ignored_signals;
mod ledger;
mod message;
mod moment;
mod names;
mod pruning;
mod screen;
mod source;
mod spool;
mod stop_signals;
mod usage;
mod values;

use std::{
    io::{self, IsTerminal},
    process::ExitCode,
};

use clap::CommandFactory;
use tokio::runtime::Runtime;
use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    fmt,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use commands::Command;
use exit::Exit;
use message::message;
use usage::UsageError;

// Returns the memory of closed connections to the system; the system's allocator keeps much of it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let command = arguments::parse::<Arguments>().command;
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            message!("error: the system refuses threads or files: {error}");
            return Exit::Failed.into();
        }
    };
    let result = runtime.block_on(run(command));
    // A thread that looks up the name of a server may be blocked for long.
    runtime.shutdown_background();
    result.unwrap_or_else(|error| {
        message!("error: {error:#}");
        if let Some(hint) = hint::hint(&error) {
            message!("{hint}");
        }
        if error.is::<UsageError>() { Exit::Usage } else { Exit::Failed }.into()
    })
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    // Dropped at the end, so that the whole log is written before an error is printed.
    let _log = match &command {
        Command::Serve(serve) => Some(serve.start_log()?),
        _ => {
            start_log();
            None
        }
    };
    command.run(Arguments::command(), &mut io::stdout()).await
}

/// Record, list and inspect the runs of a workflow engine.
///
/// Runledger stores runs and their steps in one database file and serves them over a documented
/// HTTP API.
///
/// Options can also be set with the environment variables shown beside them, except for those that
/// select runs. The command line takes precedence over the environment, and an empty variable
/// counts as unset.
#[derive(clap::Parser)]
#[command(name = "runledger", version, arg_required_else_help = true, after_help = after_help())]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  # Try the API on generated runs, at http://127.0.0.1:7400
  runledger demo

  # Serve runledger.db in the current directory, at the same address
  runledger serve

  # Create an API key for the tenant `acme`
  runledger keys create --tenant acme

  # Run a command and record its outcome
  runledger exec --workflow backup -- ./backup.sh

  # What failed today, and why
  runledger list --tenant acme --failed --since 24h";

fn after_help() -> String {
    format!("{EXAMPLES}\n\n{}", exit::help())
}

/// Shows warnings of this workspace's crates on standard error, as messages. Errors inside a
/// library reach the user through the error that the command returns.
fn start_log() {
    let lines = fmt::layer().without_time().with_level(false).with_target(false);
    let lines = lines.with_writer(io::stderr);
    let lines = lines.with_ansi(io::stderr().is_terminal()).log_internal_errors(false);
    let filter = Targets::new().with_target("runledger", LevelFilter::WARN);
    tracing_subscriber::registry().with(lines.with_filter(filter)).init();
}
