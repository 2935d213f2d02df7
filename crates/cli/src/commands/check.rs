//! `runledger check`: looks for faults in a database, and repairs them.

use std::{
    io::{self, ErrorKind, Write},
    path::Path,
};

use clap::Args;

use crate::{
    database::{DatabaseFile, Fault, Repair, Salvage},
    exit::Exit,
};

/// Check a database for faults, and repair them.
///
/// The check covers the structure of the file, the references between its tables, the stored
/// counts, which are compared with a recount of all runs, and every run, which is read with its
/// steps. It works on a database that is being served. The exit code is 3 if there are faults.
///
/// With --repair, indexes and counts are rebuilt if only they are wrong. Otherwise all tenants,
/// keys and runs that can be read are saved into a new database, which takes the place of the
/// damaged one; that one is kept under the name FILE.damaged. Of a damaged log (FILE-wal), the
/// transactions before the damage are saved, and the log is kept under the name FILE-wal.damaged.
/// What is lost is reported, and the exit code is 3.
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

    /// Repair what is wrong. No other process may have the database open.
    #[arg(long, env = "RUNLEDGER_REPAIR")]
    repair: bool,
}

impl Check {
    /// Checks, and repairs if asked to; reports the faults and what was done about them.
    pub async fn run(self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let path = &self.database.path;
        if self.repair {
            let repair = self.database.repair().await?;
            unless_closed(write_repair(path, &repair, out))?;
            let is_lossless = repair.salvage.is_none() && repair.damaged_log.is_none();
            return Ok(if is_lossless { Exit::Succeeded } else { Exit::Findings });
        }
        let faults = self.database.check().await?;
        unless_closed(write_faults(path, &faults, out))?;
        Ok(if faults.is_empty() { Exit::Succeeded } else { Exit::Findings })
    }
}

/// A reader that closes the pipe, such as `head`, has read what it wants.
fn unless_closed(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

fn write_faults(path: &Path, faults: &[Fault], out: &mut dyn Write) -> io::Result<()> {
    let name = path.display();
    if faults.is_empty() {
        return writeln!(out, "{name}: no faults");
    }
    write_list(faults, out)?;
    writeln!(out, "{name}: {}", count(faults.len() as u64, "fault"))?;
    let is_lossless = faults.iter().all(|fault| fault.is_derived);
    let remedy = if is_lossless {
        "To repair it without loss"
    } else {
        "Restore a backup, or save what can be read"
    };
    writeln!(
        out,
        "{remedy}: stop the server, and run\n  runledger check --repair --database {name}"
    )
}

fn write_repair(path: &Path, repair: &Repair, out: &mut dyn Write) -> io::Result<()> {
    let name = path.display();
    let Repair { found, salvage, damaged_log } = repair;
    if found.is_empty() {
        return writeln!(out, "{name}: no faults");
    }
    write_list(found, out)?;
    if let Some(kept) = damaged_log {
        writeln!(out, "lost: the newest transactions, which were in the damaged part of the log")?;
        writeln!(out, "The damaged log is kept as {kept}.")?;
    }
    match salvage {
        Some(salvage) => write_salvage(salvage, out)?,
        None if found.iter().any(|fault| fault.is_derived) => {
            writeln!(out, "Rebuilt the indexes and the counts.")?;
        }
        None => {}
    }
    writeln!(out, "{name}: repaired, no faults")
}

fn write_salvage(salvage: &Salvage, out: &mut dyn Write) -> io::Result<()> {
    let Salvage {
        saved_runs,
        lost_runs,
        unnamed_lost_runs,
        altered_runs,
        decisions,
        lost_others,
        original,
    } = salvage;
    for decision in decisions {
        writeln!(out, "decided: {decision}")?;
    }
    for run in altered_runs {
        writeln!(out, "altered: {run} is kept as read; compare it with {original} or a backup")?;
    }
    for run in lost_runs {
        writeln!(out, "lost: {run}")?;
    }
    if *unnamed_lost_runs > 0 {
        let runs = count(*unnamed_lost_runs, "run");
        writeln!(out, "lost: {runs} whose ids cannot be read")?;
    }
    for other in lost_others {
        writeln!(out, "lost: {other}")?;
    }
    let lost = lost_runs.len() as u64 + unnamed_lost_runs;
    let saved = count(*saved_runs, "run");
    writeln!(out, "Saved {saved} into a new database; {} lost.", count(lost, "run"))?;
    writeln!(out, "The damaged database is kept as {original}.")
}

fn write_list(faults: &[Fault], out: &mut dyn Write) -> io::Result<()> {
    for fault in faults {
        let derived = if fault.is_derived { " (repairable without loss)" } else { "" };
        writeln!(out, "fault: {fault}{derived}")?;
    }
    Ok(())
}

/// `1 run`, `2 runs`.
fn count(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use runledger_store::RunName;

    use super::*;

    const PATH: &str = "a.db";

    fn text(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn wrong_count() -> Fault {
        Fault::of_derived("the count is 2 but there is 1 run".to_owned())
    }

    fn lost_row() -> Fault {
        Fault::of_data("step 7 has no run".to_owned())
    }

    #[test]
    fn the_report_says_what_to_do() {
        let report = |faults: &[Fault]| text(|out| write_faults(Path::new(PATH), faults, out));
        insta::assert_snapshot!(report(&[]), @"a.db: no faults");
        insta::assert_snapshot!(report(&[wrong_count()]), @r"
        fault: the count is 2 but there is 1 run (repairable without loss)
        a.db: 1 fault
        To repair it without loss: stop the server, and run
          runledger check --repair --database a.db
        ");
        insta::assert_snapshot!(report(&[lost_row(), wrong_count()]), @r"
        fault: step 7 has no run
        fault: the count is 2 but there is 1 run (repairable without loss)
        a.db: 2 faults
        Restore a backup, or save what can be read: stop the server, and run
          runledger check --repair --database a.db
        ");
    }

    #[test]
    fn a_repair_says_what_was_lost() {
        let report = |repair: Repair| text(|out| write_repair(Path::new(PATH), &repair, out));
        insta::assert_snapshot!(report(Repair::default()), @"a.db: no faults");
        let rebuilt = Repair { found: vec![wrong_count()], ..Repair::default() };
        insta::assert_snapshot!(report(rebuilt), @r"
        fault: the count is 2 but there is 1 run (repairable without loss)
        Rebuilt the indexes and the counts.
        a.db: repaired, no faults
        ");
        let salvage = Salvage {
            saved_runs: 49,
            lost_runs: vec![RunName { tenant: "acme".to_owned(), id: "a\nb".to_owned() }],
            unnamed_lost_runs: 2,
            altered_runs: vec![RunName { tenant: "acme".to_owned(), id: "c".to_owned() }],
            decisions: vec!["tenant 1 (\"a\") is tenant 1 (\"b\") in its index".to_owned()],
            lost_others: vec!["the API key 7".to_owned()],
            original: "a.db.damaged".to_owned(),
        };
        let salvaged =
            Repair { found: vec![lost_row()], salvage: Some(salvage), damaged_log: None };
        insta::assert_snapshot!(report(salvaged), @r#"
        fault: step 7 has no run
        decided: tenant 1 ("a") is tenant 1 ("b") in its index
        altered: run "c" of tenant "acme" is kept as read; compare it with a.db.damaged or a backup
        lost: run "a\nb" of tenant "acme"
        lost: 2 runs whose ids cannot be read
        lost: the API key 7
        Saved 49 runs into a new database; 3 runs lost.
        The damaged database is kept as a.db.damaged.
        a.db: repaired, no faults
        "#);
        let log = Fault::of_data("its log (-wal) is damaged from byte 40 on".to_owned());
        let kept = Some("a.db-wal.damaged".to_owned());
        let cut = Repair { found: vec![log], damaged_log: kept, ..Repair::default() };
        insta::assert_snapshot!(report(cut), @r"
        fault: its log (-wal) is damaged from byte 40 on
        lost: the newest transactions, which were in the damaged part of the log
        The damaged log is kept as a.db-wal.damaged.
        a.db: repaired, no faults
        ");
    }
}
