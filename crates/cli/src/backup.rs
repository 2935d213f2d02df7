//! `runledger backup`: a copy of a database in use.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use runledger_store::sqlite::backup;

use crate::database::Database;

/// Copy a database to a new file, while it is in use.
///
/// The copy is of one moment, compacted, and on disk when this ends. It is a database like any other: to restore it,
/// stop the server, put the copy in the place of the file (and delete the -wal and -shm beside it), and start again.
#[derive(Args)]
#[command(after_help = "\
Example:
  runledger backup --database runledger.db /backup/runledger-$(date +%F).db")]
pub struct Backup {
    #[command(flatten)]
    database: Database,

    /// The new file; nothing is overwritten.
    file: PathBuf,
}

impl Backup {
    /// Writes the copy.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        backup(&self.database.database, &self.file)?;
        let size = std::fs::metadata(&self.file)?.len();
        println!("{}: {}", self.file.display(), bytesize::ByteSize(size));
        Ok(ExitCode::SUCCESS)
    }
}
