//! Signals that this process was started to ignore, as with `nohup`.

use std::fs;

use nix::sys::signal::Signal;

/// Whether this process ignores the signal, if nothing has replaced what it was started with.
/// `None` if the system does not tell; only Linux does.
pub fn is_ignored(signal: Signal) -> Option<bool> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    let mask = u64::from_str_radix(mask.trim(), 16).ok()?;
    Some(mask & (1 << (signal as u32 - 1)) != 0)
}
