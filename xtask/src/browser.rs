//! What somebody does in a browser, done in headless Chromium on a demo of this build.

use std::{path::Path, process::Command};

use anyhow::Result;

use crate::{demo::Demo, machine::run};

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
