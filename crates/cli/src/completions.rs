//! `runledger completions` and `runledger man`: what shells and manuals want to know of the command line.

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::Cli;

/// Print a shell's completions for this command line.
#[derive(Args)]
#[command(after_help = "\
Example:
  runledger completions bash > /etc/bash_completion.d/runledger")]
pub struct Completions {
    /// The shell.
    shell: Shell,
}

/// Write the manual pages, one for each command, into a folder.
#[derive(Args)]
#[command(after_help = "\
Example:
  runledger man . && man ./runledger.1")]
pub struct Man {
    /// The folder; it is made where there is none.
    folder: PathBuf,
}

impl Completions {
    /// Prints them.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let mut cli = Cli::command();
        clap_complete::generate(self.shell, &mut cli, "runledger", &mut std::io::stdout());
        Ok(ExitCode::SUCCESS)
    }
}

impl Man {
    /// Writes them.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let written =
            |error| format!("cannot write the manual pages to {}: {error}", self.folder.display());
        fs::create_dir_all(&self.folder).map_err(written).map_err(anyhow::Error::msg)?;
        clap_mangen::generate_to(Cli::command(), &self.folder)
            .context("cannot write the manual pages")?;
        Ok(ExitCode::SUCCESS)
    }
}
