//! `cargo xtask openapi watch` as a process.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Stdio},
};

use anyhow::{Context, Result, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tools_support::tree::Tree;

/// A running watch. It is interrupted, as by Ctrl-C, when this value is dropped.
pub struct Watch {
    process: Child,
    /// The URL of its page.
    pub url: String,
}

impl Watch {
    /// Starts a watch in the copy of a tree, and waits until it serves its page.
    ///
    /// # Errors
    /// Where it ends before.
    pub fn start(tree: &Tree) -> Result<Self> {
        let mut process = tree
            .cargo("xtask openapi watch --no-open --listen 127.0.0.1:0")
            .stdout(Stdio::piped())
            .spawn()
            .context("cargo cannot be started")?;
        let output = process.stdout.take().context("the watch has no standard output")?;
        let mut watch = Self { process, url: String::new() };
        let mut lines = BufReader::new(output).lines();
        for line in lines.by_ref() {
            if let Some((_, url)) = line?.split_once("The page: ") {
                url.clone_into(&mut watch.url);
                // The rest is read as well, or the watch would block on a full pipe.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(watch);
            }
        }
        bail!("the watch ended before it served its page")
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // On Unix, cargo replaces itself with the program it runs. Where it has ended by itself,
        // the signal fails; it is waited for in either case.
        let _ = kill(Pid::from_raw(self.process.id().cast_signed()), Signal::SIGINT);
        let _ = self.process.wait();
    }
}
