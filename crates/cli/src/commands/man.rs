//! `runledger man`: writes the manual pages.

use std::{fs, path::PathBuf};

use anyhow::Context;
use clap::{Args, Command};

use crate::exit::Exit;

/// Write the manual pages into a directory.
///
/// Each command has a page of its own, such as runledger-serve.1.
#[derive(Args)]
#[command(after_help = "\
Examples:
  runledger man . && man ./runledger.1")]
pub struct Man {
    /// Directory to write to. It is created if it does not exist.
    directory: PathBuf,
}

impl Man {
    /// Writes the pages of all commands.
    pub fn run(self, command_line: Command) -> anyhow::Result<Exit> {
        let directory = &self.directory;
        fs::create_dir_all(directory)
            .and_then(|()| clap_mangen::generate_to(command_line, directory))
            .with_context(|| format!("cannot write manual pages to {}", directory.display()))?;
        Ok(Exit::Succeeded)
    }
}
