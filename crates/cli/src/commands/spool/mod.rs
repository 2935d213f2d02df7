//! `runledger spool`: the runs of `runledger exec` that wait for a server.

mod list;
mod send;

use std::io::Write;

use clap::{Args, Subcommand};

use crate::exit::Exit;

/// List and send the runs that `exec` could not deliver.
///
/// `exec` stores a run in the spool directory if the server cannot be reached or does not accept
/// it. The next `exec` of the same user with the same server and key delivers it. After a change of
/// the server or the key, `spool send --all` does.
#[derive(Args)]
pub struct SpoolCommand {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    List(list::List),
    Send(send::Send),
}

impl SpoolCommand {
    /// Runs the command on the spool directory.
    pub async fn run(self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        match self.command {
            Command::List(list) => list.run(out).map(|()| Exit::Succeeded),
            Command::Send(send) => send.run(out).await,
        }
    }
}
