//! `runledger check`: looks for faults in a database and repairs what can be derived.

use std::{
    io::{self, Write},
    path::Path,
};

use clap::Args;

use crate::{
    database::{DatabaseFile, Fault},
    exit::Exit,
};

/// Check a database for faults, and repair indexes and counts.
///
/// The check covers the structure of the file, the references between its tables, and the stored
/// counts, which are compared with a recount of all runs. It works on a database that is being
/// served. The exit code is 3 if there are faults.
#[derive(Args)]
#[command(after_help = "\
Examples:
  # Check runledger.db in the current directory
  runledger check

  # Check and repair a database whose server is stopped
  runledger check --repair --database /var/lib/runledger/runledger.db")]
pub struct Check {
    #[command(flatten)]
    database: DatabaseFile,

    /// Rebuild what is derived from the runs (indexes and counts), and check again. The server
    /// must be stopped.
    #[arg(long, env = "RUNLEDGER_REPAIR")]
    repair: bool,
}

impl Check {
    /// Checks, repairs if asked to, and reports the faults that are left.
    pub async fn run(self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let mut faults = self.database.check().await?;
        if self.repair && !faults.is_empty() {
            write_faults(&faults, out)?;
            self.database.repair().await?;
            writeln!(out, "Rebuilt the indexes and the counts.")?;
            faults = self.database.check().await?;
        }
        write_report(&self.database.path, &faults, out)?;
        Ok(if faults.is_empty() { Exit::Succeeded } else { Exit::Findings })
    }
}

fn write_report(path: &Path, faults: &[Fault], out: &mut dyn Write) -> io::Result<()> {
    write_faults(faults, out)?;
    let path = path.display();
    let count = match faults.len() {
        0 => return writeln!(out, "{path}: no faults"),
        1 => "1 fault".to_owned(),
        count => format!("{count} faults"),
    };
    writeln!(out, "{path}: {count}")?;
    if faults.iter().any(|fault| fault.repairable) {
        writeln!(out, "To repair: stop the server and run `runledger check --repair`")
    } else {
        writeln!(out, "These faults cannot be repaired: restore a backup")
    }
}

fn write_faults(faults: &[Fault], out: &mut dyn Write) -> io::Result<()> {
    for fault in faults {
        let repairable = if fault.repairable { " (repairable)" } else { "" };
        writeln!(out, "fault: {fault}{repairable}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(faults: &[Fault]) -> String {
        let mut out = Vec::new();
        write_report(Path::new("a.db"), faults, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_report_says_what_to_do() {
        let fault = |what: &str, repairable| Fault { message: what.to_owned(), repairable };
        let wrong_count = fault("the count is 2 but there is 1 run", true);
        let lost_row = fault("step 7 has no run", false);
        insta::assert_snapshot!(report(&[]), @"a.db: no faults");
        insta::assert_snapshot!(report(&[lost_row.clone(), wrong_count]), @r"
        fault: step 7 has no run
        fault: the count is 2 but there is 1 run (repairable)
        a.db: 2 faults
        To repair: stop the server and run `runledger check --repair`
        ");
        insta::assert_snapshot!(report(&[lost_row]), @r"
        fault: step 7 has no run
        a.db: 1 fault
        These faults cannot be repaired: restore a backup
        ");
    }
}
