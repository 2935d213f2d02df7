//! A demo of this build, for browsers and clients to use.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Stdio},
};

use anyhow::{Context, Result, bail};

/// A demo on a free port that ends with this value.
pub struct Demo {
    process: Child,
    /// Its address, without a slash at the end.
    pub url: String,
}

impl Demo {
    /// Builds the program, starts the demo, and waits until it is ready.
    ///
    /// # Errors
    /// Where it does not start.
    pub fn start(root: &Path) -> Result<Self> {
        // On Unix, cargo becomes the program that it runs: ending it ends the demo.
        let mut process = crate::cargo()
            .current_dir(root)
            .args(["run", "--quiet", "--package", "runledger", "--"])
            .args(["demo", "--listen", "127.0.0.1:0", "--runs", "1000"])
            .stdout(Stdio::piped())
            .spawn()
            .context("the demo cannot be started")?;
        let output = process.stdout.take().context("the demo has no output")?;
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
        // It may have ended by itself; either way it is waited for.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
