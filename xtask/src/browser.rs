//! What somebody does in a browser, done in headless Chromium on a demo of this build.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::machine::run;

/// Starts a demo on a free port, and goes through Swagger UI; leaves a picture of it.
///
/// # Errors
/// Where the demo does not start, or anything on the page is not as it must be.
pub fn swagger_ui(root: &Path, node_modules: &Path, screenshot: &Path) -> Result<()> {
    let demo = Demo::start(root)?;
    run(Command::new("node")
        .current_dir(root)
        .arg("tests/browser/swagger_ui.mjs")
        .arg(node_modules)
        .arg(&demo.url)
        .arg(screenshot))
}

/// A demo that ends with this value.
struct Demo {
    process: Child,
    url: String,
}

impl Demo {
    fn start(root: &Path) -> Result<Self> {
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
