//! Uses Swagger UI, on a demo of this build, and the page of `cargo xtask openapi watch`, in
//! headless Chromium.

mod watch;

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use anyhow::Result;
use clap::{Parser, Subcommand};
use tools_support::{
    command::run, demo::Demo, machine::ensure_debian, packages::Packages, tree::Tree, workspace,
};

use crate::watch::Watch;

const NODE_PACKAGES: &[&str] = &["playwright-core@1.65.1"];

/// Use Swagger UI and the page of openapi watch in headless Chromium
#[derive(Parser)]
#[command(bin_name = "cargo xtask browser")]
struct Arguments {
    #[command(subcommand)]
    page: Page,
    /// Install what is missing: Debian packages as root; playwright-core into target/
    #[arg(long, global = true)]
    install: bool,
}

#[derive(Clone, Copy, Subcommand)]
enum Page {
    /// Authorize, list, record and reload in Swagger UI
    SwaggerUi,
    /// Change types while `cargo xtask openapi watch` runs, and check its page
    Watch,
    /// Run both tests, and save the screenshots in docs/
    Screenshots,
}

fn main() -> ExitCode {
    let Arguments { page, install } = Arguments::parse();
    match open(page, install, &workspace::root()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn open(page: Page, install: bool, root: &Path) -> Result<()> {
    ensure_debian(install)?;
    let packages = Packages::node(NODE_PACKAGES, root.join("target/browser/node"));
    packages.ensure("cargo xtask browser --install", install)?;
    let browser = Browser { root, node_modules: packages.node_modules() };
    match page {
        Page::SwaggerUi => browser.swagger_ui("target/browser/swagger-ui.png"),
        Page::Watch => {
            browser.watch("target/browser/watch.png", "target/browser/watch-building.png")
        }
        Page::Screenshots => {
            browser.swagger_ui("docs/swagger-ui.png")?;
            browser.watch("docs/watch.png", "target/browser/watch-building.png")
        }
    }
}

/// Runs the scripts of `tests/browser`.
struct Browser<'a> {
    root: &'a Path,
    node_modules: PathBuf,
}

impl Browser<'_> {
    fn swagger_ui(&self, screenshot: &str) -> Result<()> {
        let demo = Demo::start(self.root)?;
        run(self.script("swagger_ui.mjs").arg(&demo.url).arg(self.root.join(screenshot)))
    }

    fn watch(&self, screenshot: &str, building: &str) -> Result<()> {
        let tree = Tree::copy(self.root, "watched")?;
        let watch = Watch::start(&tree)?;
        let mut script = self.script("watch.mjs");
        script.arg(&watch.url).arg(&tree.path);
        run(script.arg(self.root.join(screenshot)).arg(self.root.join(building)))
    }

    fn script(&self, name: &str) -> Command {
        let mut node = Command::new("node");
        node.current_dir(self.root).arg(format!("tests/browser/{name}")).arg(&self.node_modules);
        node
    }
}
