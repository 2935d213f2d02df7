//! A program and all that it starts, which end with the one who waits for them.

use std::{
    path::Path,
    process::{Output, Stdio},
};

use anyhow::{Context, Result};
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use tokio::process::Command;

/// Runs a program in the workspace to its end, and keeps what it said.
///
/// # Errors
/// Where it cannot be started.
pub async fn run(program: &str, arguments: &[String], root: &Path) -> Result<Output> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root);
    // Which workspace it is about, whoever built the program.
    command.env("CARGO_MANIFEST_DIR", root.join("xtask"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // A group of its own: cargo and its compilers end together.
    command.process_group(0);
    let child = command.spawn().with_context(|| format!("{program} cannot be started"))?;
    let mut group = Group(child.id());
    let output = child.wait_with_output().await?;
    group.0 = None;
    Ok(output)
}

/// A group of processes, for as long as its first one may run.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(id) = self.0 {
            // It may have ended at this moment.
            let _ = killpg(Pid::from_raw(id.cast_signed()), Signal::SIGKILL);
        }
    }
}
