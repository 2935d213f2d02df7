//! How much memory a process has in use, as Linux tells it.

use std::{fs, path::PathBuf};

/// A process's memory.
pub struct Memory(PathBuf);

impl Memory {
    /// Of the process with this number.
    pub fn of(process: u32) -> Self {
        Self(PathBuf::from(format!("/proc/{process}")))
    }

    /// Starts to count anew what the most was.
    pub fn forget_peak(&self) {
        // Where that is not possible, the peak of all is told.
        let _ = fs::write(self.0.join("clear_refs"), "5");
    }

    /// The most that was in use, in bytes; the pages of files that are mapped among it.
    pub fn peak(&self) -> u64 {
        self.field("VmHWM:")
    }

    /// What is in use now that is no page of a file.
    pub fn own(&self) -> u64 {
        self.field("RssAnon:")
    }

    fn field(&self, name: &str) -> u64 {
        let status = fs::read_to_string(self.0.join("status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        kilobytes.unwrap_or(0) * 1024
    }
}
