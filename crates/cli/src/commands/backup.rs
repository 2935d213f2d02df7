//! `runledger backup`: copies a database while it is in use.

use std::{fs, io::Write, path::PathBuf};

use bytesize::ByteSize;
use clap::Args;

use crate::{database::DatabaseFile, exit::Exit};

/// Copy a database to a new file, also while it is served.
///
/// The copy is a consistent snapshot, is compacted and checked, and is on disk when the command
/// ends. If the database is damaged, the command fails, and a copy that exists stays as it is.
///
/// To restore a copy, stop the server, delete the database and the files beside it with the
/// suffixes -wal and -shm, put the copy in place, and start the server again.
#[derive(Args)]
#[command(after_help = "\
Examples:
  # A copy with today's date in its name
  runledger backup --database runledger.db /backup/runledger-$(date +%F).db

  # A copy in place of the one of a week ago, once the new one has been checked
  runledger backup --replace /backup/runledger-$(date +%u).db")]
pub struct Backup {
    #[command(flatten)]
    database: DatabaseFile,

    /// Replace an older copy, after the new one has been checked. Nothing but a Runledger database
    /// that no process has open is replaced.
    #[arg(long, env = "RUNLEDGER_REPLACE")]
    replace: bool,

    /// Path of the copy. It must not exist, unless --replace is given.
    file: PathBuf,
}

impl Backup {
    /// Writes the copy and reports its size.
    pub async fn run(self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        self.database.back_up(&self.file, self.replace).await?;
        let size = ByteSize(fs::metadata(&self.file)?.len());
        writeln!(out, "Wrote {} ({size})", self.file.display())?;
        Ok(Exit::Succeeded)
    }
}
