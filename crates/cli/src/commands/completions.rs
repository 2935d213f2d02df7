//! `runledger completions`: prints a shell completion script.

use std::io::Write;

use clap::{Args, Command};
use clap_complete::Shell;

use crate::exit::Exit;

/// Print a shell completion script.
#[derive(Args)]
#[command(after_help = "\
Examples:
  runledger completions bash > /etc/bash_completion.d/runledger")]
pub struct Completions {
    /// Shell that the script is for.
    shell: Shell,
}

impl Completions {
    /// Prints the script for all commands.
    pub fn run(self, mut command_line: Command, out: &mut dyn Write) -> anyhow::Result<Exit> {
        // The generator panics if it cannot write.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command_line, "runledger", &mut script);
        out.write_all(&script)?;
        Ok(Exit::Succeeded)
    }
}
