//! A demo server of this build, for browsers and clients.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::command::cargo;

/// A demo server on a free port. It is stopped when this value is dropped.
pub struct Demo {
    process: Child,
    /// Its address, without a trailing slash.
    pub url: String,
}

impl Demo {
    /// Builds the program, starts the demo, and waits until it is ready.
    ///
    /// # Errors
    /// Where it does not start.
    pub fn start(root: &Path) -> Result<Self> {
        // On Unix, cargo replaces itself with the program it runs: killing it stops the demo.
        let mut process = cargo()
            .current_dir(root)
            .args(["run", "--quiet", "--package", "runledger", "--bin", "runledger", "--"])
            .args(["demo", "--listen", "127.0.0.1:0", "--runs", "1000"])
            .stdout(Stdio::piped())
            .spawn()
            .context("the demo cannot be started")?;
        let output = process.stdout.take().context("the demo has no standard output")?;
        let mut demo = Self { process, url: String::new() };
        for line in BufReader::new(output).lines() {
            let line = line?;
            if let Some(docs) = line.strip_prefix("Swagger UI") {
                docs.trim().trim_end_matches("/docs").clone_into(&mut demo.url);
            }
            if line.starts_with("Ready") {
                return Ok(demo);
            }
        }
        bail!("the demo ended before it was ready")
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // Killing fails where it has ended by itself; it is waited for in either case.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
