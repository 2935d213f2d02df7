//! `runledger`, the command line: one file per command.

mod demo;
mod signals;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::filter::LevelFilter;

/// Runledger keeps the history of workflow runs: it records them, lists them and shows each step by step, over
/// a documented HTTP API and out of one embedded database.
///
/// Every option can also be set by the environment variable named beside it; the command line wins.
#[derive(Parser)]
#[command(version, arg_required_else_help = true, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::Demo),
}

const EXAMPLES: &str = "\
Examples:
  runledger demo            try everything on generated runs, at http://127.0.0.1:7400
  runledger demo --help     what the demo holds, and its options";

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    tracing_subscriber::fmt().with_max_level(LevelFilter::WARN).with_writer(std::io::stderr).init();
    let done = match cli.command {
        Command::Demo(demo) => demo.run().await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
