//! `runledger keys`: creates, lists and revokes API keys.

mod create;
mod list;
mod revoke;

use std::io::Write;

use clap::{Args, Subcommand};

use crate::exit::Exit;

/// Create, list and revoke API keys.
///
/// A key gives access to the runs of one tenant. A running server accepts a new key immediately
/// and refuses a revoked one within a second.
#[derive(Args)]
pub struct Keys {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Create(create::Create),
    List(list::List),
    Revoke(revoke::Revoke),
}

impl Keys {
    /// Runs the command on keys.
    pub async fn run(self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        match self.command {
            Command::Create(create) => create.run(out).await?,
            Command::List(list) => list.run(out).await?,
            Command::Revoke(revoke) => revoke.run().await?,
        }
        Ok(Exit::Succeeded)
    }
}
