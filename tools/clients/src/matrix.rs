//! All selected clients and tools, one after another, against one demo server.

use std::{
    fs::{self, File},
    path::Path,
};

use anyhow::{Result, bail};
use tools_support::{demo::Demo, machine};

use crate::{
    environment::Environment,
    faults,
    manifest::{Kind, Manifest},
    outcome::{self, Outcome},
    proxy,
};

/// The clients and tools to run.
pub struct Selection<'a> {
    /// Their manifests.
    pub manifests: &'a [Manifest],
    /// The workspace.
    pub root: &'a Path,
}

impl<'a> Selection<'a> {
    /// Runs all of them; returns their outcomes by name.
    ///
    /// # Errors
    /// Where something is missing and may not be installed, or the demo does not start.
    pub fn run(&self, install: bool, inject_faults: bool) -> Result<Vec<Outcome<'a>>> {
        self.ensure_machine(install)?;
        let environments: Vec<_> =
            self.manifests.iter().map(|manifest| Environment::new(manifest, self.root)).collect();
        if !install {
            ensure_installed(&environments)?;
        }
        // Two commands that generated into the same folders would find each other's files there.
        let _lock = lock(self.root)?;
        let demo = Demo::start(self.root)?;
        let of_kind = |kind| environments.iter().filter(move |it| it.manifest.kind == kind);
        let mut outcomes = Vec::new();
        // Proxies need clients that are compiled, and tools change the runs of the demo.
        for kind in [Kind::Client, Kind::Proxy, Kind::Tool] {
            for environment in of_kind(kind) {
                println!("== {}", environment.manifest.name);
                let mut outcome = match kind {
                    Kind::Client | Kind::Tool => outcome::run(environment, &demo.url),
                    Kind::Proxy => proxy::run(environment, of_kind(Kind::Client), &demo.url),
                };
                if inject_faults && kind == Kind::Client && !environment.manifest.run.is_empty() {
                    outcome.stage("faults", || faults::run(environment, &demo.url));
                }
                outcome.print();
                outcomes.push(outcome);
            }
        }
        outcomes.sort_by(|a, b| a.manifest.name.cmp(&b.manifest.name));
        Ok(outcomes)
    }

    /// Checks the tools of the languages, and installs those that are missing and may be installed.
    fn ensure_machine(&self, install: bool) -> Result<()> {
        let programs = self.manifests.iter().flat_map(|it| &it.needs).map(String::as_str);
        let packages = self.manifests.iter().flat_map(|it| &it.debian).map(String::as_str);
        machine::ensure_programs(programs, packages, "cargo xtask clients --install", install)
    }
}

fn ensure_installed(environments: &[Environment]) -> Result<()> {
    let missing = environments.iter().filter(|environment| !environment.is_installed());
    let missing: Vec<_> = missing.map(|it| it.manifest.name.as_str()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(",");
    bail!("not installed yet; type: cargo xtask clients --install --only {names}")
}

fn lock(root: &Path) -> Result<File> {
    fs::create_dir_all(root.join("target/clients"))?;
    let lock = File::create(root.join("target/clients/.lock"))?;
    if lock.try_lock().is_err() {
        println!("Waiting for another `cargo xtask clients` in this workspace.");
        lock.lock()?;
    }
    Ok(lock)
}
