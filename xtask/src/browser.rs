//! What somebody does in a browser, done in headless Chromium on a demo of this build.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use tools_support::{command::run, demo::Demo, tree::Tree};

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

/// Starts `cargo xtask openapi watch` on a copy of the tree, saves types there, and looks whether the page follows; leaves
/// a picture of it.
///
/// # Errors
/// Where it does not start, or anything on the page is not as it must be.
pub fn watch(root: &Path, node_modules: &Path, screenshot: &Path) -> Result<()> {
    let tree = Tree::copy(root, "watched")?;
    let watch = Watch::start(&tree)?;
    run(Command::new("node")
        .current_dir(root)
        .arg("tests/browser/watch.mjs")
        .arg(node_modules)
        .arg(&watch.url)
        .arg(&tree.path)
        .arg(screenshot))
}

/// A watch that is ended as Ctrl-C ends it.
struct Watch {
    process: Child,
    url: String,
}

impl Watch {
    fn start(tree: &Tree) -> Result<Self> {
        let mut process = tree
            .cargo("xtask openapi watch --no-open --listen 127.0.0.1:0")
            .stdout(Stdio::piped())
            .spawn()
            .context("cargo cannot be started")?;
        let output = process.stdout.take().context("the watch has no output")?;
        let mut watch = Self { process, url: String::new() };
        let mut lines = BufReader::new(output).lines();
        for line in lines.by_ref() {
            if let Some((_, url)) = line?.split_once("as it is now: ") {
                url.clone_into(&mut watch.url);
                // Somebody has to read the rest, or the watch waits for it.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(watch);
            }
        }
        bail!("the watch ended before it listened")
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // On Unix, cargo has become the program that it runs. It may have ended by itself; either way it is waited for.
        let _ = kill(Pid::from_raw(self.process.id().cast_signed()), Signal::SIGINT);
        let _ = self.process.wait();
    }
}
