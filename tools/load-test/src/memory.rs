//! A process's memory, from Linux's `/proc`.

use std::{fs, path::PathBuf};

/// The memory of one process.
pub struct Memory(PathBuf);

impl Memory {
    /// The memory of the process with this id.
    pub fn of(process: u32) -> Self {
        Self(PathBuf::from(format!("/proc/{process}")))
    }

    /// Resets the peak to the present value.
    pub fn reset_peak(&self) {
        // Where the system does not permit it, the peak since the start is reported.
        let _ = fs::write(self.0.join("clear_refs"), "5");
    }

    /// Peak resident memory in bytes, with the pages of mapped files.
    pub fn peak(&self) -> u64 {
        self.bytes("VmHWM:")
    }

    /// Present resident memory in bytes, without the pages of mapped files.
    pub fn anonymous(&self) -> u64 {
        self.bytes("RssAnon:")
    }

    fn bytes(&self, field: &str) -> u64 {
        let status = fs::read_to_string(self.0.join("status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        kilobytes.unwrap_or(0) * 1024
    }
}
