//! `runledger check`: whether a database holds what it must.

use std::process::ExitCode;

use clap::Args;
use runledger_store::sqlite::{Fault, check, repair};

use crate::{PARTLY, database::Database};

/// Check a database: its structure, what refers to what, and the kept counts against a recount of all runs.
///
/// Works beside a running server, and looks at one moment. The exit code is 3 where there are faults.
#[derive(Args)]
#[command(after_help = "\
Examples:
  runledger check --database runledger.db
  runledger check --database runledger.db --repair        with the server stopped")]
pub struct Check {
    #[command(flatten)]
    database: Database,

    /// Rebuild what can be derived from the runs, which is the indexes and the counts, and check again. The server
    /// must be stopped.
    #[arg(long, env = "RUNLEDGER_REPAIR")]
    repair: bool,
}

impl Check {
    /// Checks, mends where that was asked for, and says what there is.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let path = &self.database.database;
        let mut faults = check(path)?;
        if self.repair && !faults.is_empty() {
            print(&faults);
            repair(path)?;
            println!("The indexes and the counts were built again.");
            faults = check(path)?;
        }
        print(&faults);
        if faults.is_empty() {
            println!("{}: no fault", path.display());
            return Ok(ExitCode::SUCCESS);
        }
        let hint = if faults.iter().any(|fault| fault.repairable) {
            "Stop the server and type: runledger check --repair"
        } else {
            "What is wrong cannot be derived from the runs: restore a backup"
        };
        println!("{}: {} faults. {hint}", path.display(), faults.len());
        Ok(ExitCode::from(PARTLY))
    }
}

fn print(faults: &[Fault]) {
    for fault in faults {
        println!("fault: {fault}{}", if fault.repairable { " (can be mended)" } else { "" });
    }
}
