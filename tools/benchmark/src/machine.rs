//! The machine, the commit and the day, and free disk space.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use bytesize::ByteSize;
use runledger_model::Timestamp;
use sysinfo::{Disks, System};
use tools_support::workspace;

/// More than a run with its steps and indexes takes on disk, in bytes.
const MAX_BYTES_PER_RUN: u64 = 700;

/// Where and when something was measured.
pub struct Machine {
    /// The processor.
    pub processor: String,
    /// Its logical cores.
    pub cores: usize,
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// The operating system.
    pub system: String,
    /// The commit.
    pub commit: String,
    /// The time at the end.
    pub time: Timestamp,
}

impl Machine {
    /// This one, now.
    ///
    /// # Errors
    /// Where the system does not tell.
    pub fn this() -> Result<Self> {
        let system = System::new_all()?;
        let cpus = system.cpus();
        let processor = cpus.first().map_or("unknown", |cpu| cpu.brand());
        Ok(Self {
            processor: processor.trim().to_owned(),
            cores: cpus.len(),
            memory_bytes: system.total_memory(),
            system: System::long_os_version().unwrap_or_else(|_| "unknown".into()),
            commit: commit().unwrap_or_else(|| "unknown".into()),
            time: Timestamp::now(),
        })
    }
}

/// Checks that the databases of these numbers of runs fit on the disk of a folder.
///
/// # Errors
/// Where they do not.
pub fn expect_disk_space(folder: &Path, runs: &[u64], shapes: usize, keep: bool) -> Result<()> {
    let largest = runs.iter().max().copied().unwrap_or_default();
    let kept = if keep { runs.iter().sum::<u64>() * shapes as u64 } else { largest };
    // The largest is copied once, to delete from the copy.
    let needed = (kept + largest) * MAX_BYTES_PER_RUN;
    let folder = folder.canonicalize()?;
    let disks = Disks::new_with_refreshed_list()?;
    let disk = disks.iter().filter(|disk| folder.starts_with(disk.mount_point()));
    let disk = disk.max_by_key(|disk| disk.mount_point().components().count());
    let free = disk.context("the disk of the folder is unknown")?.available_space();
    ensure!(
        needed <= free,
        "{} has {} of free disk space, and the databases need up to {}",
        folder.display(),
        ByteSize(free),
        ByteSize(needed)
    );
    Ok(())
}

/// The abbreviated commit that is checked out, with a plus if files are changed.
fn commit() -> Option<String> {
    let git = |arguments: &[&str]| {
        let mut git = std::process::Command::new("git");
        let output = git.current_dir(workspace::root()).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = git(&["rev-parse", "--short=10", "HEAD"])?;
    let is_changed = !git(&["status", "--porcelain", "--untracked-files=no"])?.is_empty();
    Some(if is_changed { format!("{commit} with changes") } else { commit })
}
