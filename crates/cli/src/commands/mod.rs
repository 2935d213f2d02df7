//! The commands, one module each. A command writes its result to the writer that it is given, and
//! its progress and warnings to standard error.

mod backup;
mod check;
mod completions;
mod demo;
mod exec;
mod export;
mod import;
mod keys;
mod list;
mod man;
mod prune;
mod serve;
mod show;
mod spool;
mod tail;

use std::{io::Write, process::ExitCode};

/// The command that the user typed.
#[derive(clap::Subcommand)]
pub enum Command {
    Demo(demo::Demo),
    Serve(serve::Serve),
    Keys(keys::Keys),
    List(list::List),
    Show(show::Show),
    Tail(tail::Tail),
    Import(import::Import),
    Export(export::Export),
    Exec(exec::Exec),
    Spool(spool::SpoolCommand),
    Prune(prune::Prune),
    Check(check::Check),
    Backup(backup::Backup),
    Completions(completions::Completions),
    Man(man::Man),
}

impl Command {
    /// Runs the command to its end. `command_line` describes all commands, for completions and
    /// manual pages.
    ///
    /// # Errors
    /// If the command fails; the error's message is for the user.
    pub async fn run(
        self,
        command_line: clap::Command,
        out: &mut dyn Write,
    ) -> anyhow::Result<ExitCode> {
        let exit = match self {
            // The exit code is the one of the command that it runs.
            Self::Exec(exec) => return exec.run().await,
            Self::Demo(demo) => demo.run(out).await?,
            Self::Serve(serve) => serve.run(out).await?,
            Self::Keys(keys) => keys.run(out).await?,
            Self::List(list) => list.run(out).await?,
            Self::Show(show) => show.run(out).await?,
            Self::Tail(tail) => tail.run(out).await?,
            Self::Import(import) => import.run(out).await?,
            Self::Export(export) => export.run(out).await?,
            Self::Spool(spool) => spool.run(out).await?,
            Self::Prune(prune) => prune.run(out).await?,
            Self::Check(check) => check.run(out).await?,
            Self::Backup(backup) => backup.run(out).await?,
            Self::Completions(completions) => completions.run(command_line, out)?,
            Self::Man(man) => man.run(command_line)?,
        };
        Ok(exit.into())
    }
}
