//! `runledger`, the command line: one file per command.

mod backup;
mod check;
mod completions;
mod database;
mod demo;
mod exec;
mod export;
mod import;
mod keys;
mod ledger;
mod remote;
mod serve;
mod server;
mod signals;

use std::{io::IsTerminal, process::ExitCode};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, builder::Resettable};
use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    fmt,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// The exit code where all was done that could be, and some of the input or of what was looked at is not good.
const PARTLY: u8 = 3;

/// Runledger keeps the history of workflow runs: it records them, lists them and shows each step by step, over
/// a documented HTTP API and out of one embedded database.
///
/// Every option can also be set by the environment variable named beside it; the command line wins, and a variable that
/// is set and empty is as good as unset.
#[derive(Parser)]
#[command(version, arg_required_else_help = true, after_help = AFTER_HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

impl Cli {
    /// What the command line and the environment say; ends the process where that is wrong.
    fn read() -> Self {
        let command = || without_empty_variables(Self::command());
        Self::from_arg_matches(&command().get_matches())
            .unwrap_or_else(|error| error.format(&mut command()).exit())
    }
}

/// A line of a configuration that was emptied, and not deleted, must not stop a service.
fn without_empty_variables(command: clap::Command) -> clap::Command {
    let unset_if_empty = |arg: clap::Arg| {
        let value = arg.get_env().and_then(std::env::var_os);
        let is_empty = value.is_some_and(|value| value.is_empty());
        if is_empty { arg.env(Resettable::Reset) } else { arg }
    };
    command.mut_args(unset_if_empty).mut_subcommands(without_empty_variables)
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::Demo),
    Serve(serve::Serve),
    Keys(keys::Keys),
    Import(import::Import),
    Export(export::Export),
    Exec(exec::Exec),
    Check(check::Check),
    Backup(backup::Backup),
    Completions(completions::Completions),
    Man(completions::Man),
}

const AFTER_HELP: &str = "\
Examples:
  runledger demo                               try everything on generated runs, at http://127.0.0.1:7400
  runledger serve                              serve runledger.db in this folder at the same address
  runledger keys create --tenant acme          make a key for it
  runledger exec --workflow backup -- ./backup.sh
                                               run a command and record how it went

Exit codes:
  0    done
  1    failed; the message says why and what to do
  2    wrong usage
  3    done, but some lines of an import were bad, or a check found faults
  exec ends with its command's own code; see `runledger exec --help`";

/// What a crowd of clients took is given back to the system when they have gone.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::read();
    if let Command::Serve(serve) = &cli.command {
        serve.log();
    } else {
        let lines = fmt::layer().without_time().with_target(false).with_writer(std::io::stderr);
        let lines = lines.with_ansi(std::io::stderr().is_terminal());
        // What goes wrong within a library is told by ours that called it.
        let ours = Targets::new().with_target("runledger", LevelFilter::WARN);
        tracing_subscriber::registry().with(lines.with_filter(ours)).init();
    }
    let done = match cli.command {
        Command::Demo(demo) => demo.run().await,
        Command::Serve(serve) => serve.run().await,
        Command::Keys(keys) => keys.run().await,
        Command::Import(import) => import.run().await,
        Command::Export(export) => export.run().await,
        Command::Exec(exec) => exec.run().await,
        Command::Check(check) => check.run(),
        Command::Backup(backup) => backup.run(),
        Command::Completions(completions) => completions.run(),
        Command::Man(man) => man.run(),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
