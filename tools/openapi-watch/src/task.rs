//! A process, with all processes that it starts. They end when its future is dropped.

use std::{
    path::Path,
    process::{Output, Stdio},
};

use anyhow::{Context, Result};
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::Command,
};

/// Runs a program in the workspace to its end, and returns its output. `take_line` sees each line
/// of the error output when it is written; a line for which it returns true is left out.
///
/// # Errors
/// Where the program cannot be started.
pub async fn run(
    program: &str,
    arguments: &[String],
    root: &Path,
    take_line: &(dyn Fn(&str) -> bool + Sync),
) -> Result<Output> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root);
    // Names the workspace, also where another clone built the program.
    command.env("CARGO_MANIFEST_DIR", root.join("xtask"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // In a process group of its own: cargo and its compilers end together.
    command.process_group(0);
    let mut child = command.spawn().with_context(|| format!("{program} cannot be started"))?;
    let mut group = Group(child.id());
    let mut stdout = Vec::new();
    let mut stderr = Vec::new();
    let mut output = child.stdout.take().context("no standard output")?;
    let errors = BufReader::new(child.stderr.take().context("no error output")?);
    let read_errors = async {
        let mut lines = errors.split(b'\n');
        while let Some(line) = lines.next_segment().await? {
            if !take_line(&String::from_utf8_lossy(&line)) {
                stderr.extend_from_slice(&line);
                stderr.push(b'\n');
            }
        }
        Ok::<_, std::io::Error>(())
    };
    tokio::try_join!(output.read_to_end(&mut stdout), read_errors)?;
    let status = child.wait().await?;
    group.0 = None;
    Ok(Output { status, stdout, stderr })
}

/// A process group, as long as its first process may be running.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(id) = self.0 {
            // Killing fails where it has just ended.
            let _ = killpg(Pid::from_raw(id.cast_signed()), Signal::SIGKILL);
        }
    }
}
