//! `cargo xtask clients`: every client that others generate from our documents, made, compiled and run.

mod guide;
mod lies;
mod manifest;
mod proxy;
mod scenario;
mod trial;
mod workshop;

use std::{
    fs::{self, File},
    path::Path,
    process::ExitCode,
};

use anyhow::{Result, bail};

use self::{
    manifest::{Kind, SetUp},
    trial::Trial,
    workshop::Workshop,
};
use tools_support::{demo::Demo, machine};

#[derive(clap::Args)]
pub struct Arguments {
    /// Only these set-ups, such as go-ogen,python-openapi-generator; docs/clients.md is left as it is
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    only: Vec<String>,
    /// Only those that the test command tries; docs/clients.md is left as it is
    #[arg(long, conflicts_with = "only")]
    core: bool,
    /// Print the set-ups' names and do nothing
    #[arg(long)]
    list: bool,
    /// Also let a proxy lie to each client, once in each step: its program must notice
    #[arg(long)]
    lies: bool,
    /// Fetch what is missing: Debian packages when root; generators and libraries in any case, into target/
    #[arg(long)]
    install: bool,
}

/// Tries the chosen set-ups, prints a table, and writes docs/clients.md when all were tried.
pub fn run(arguments: &Arguments, root: &Path) -> Result<ExitCode> {
    let all = manifest::all(root)?;
    let is_whole = arguments.only.is_empty() && !arguments.core;
    let set_ups = manifest::choose(all, &arguments.only, arguments.core)?;
    if arguments.list {
        for it in &set_ups {
            println!("{:<44} {}{}", it.name, it.language, if it.core { ", core" } else { "" });
        }
        return Ok(ExitCode::SUCCESS);
    }
    let trials = try_all(&set_ups, arguments, root)?;
    println!("\n{}", guide::table(&trials));
    if is_whole {
        fs::write(root.join("docs/clients.md"), guide::text(&trials))?;
        println!("docs/clients.md: written");
    }
    let failed = trials.iter().filter(|trial| trial.failure().is_some()).count();
    println!("{} set-ups passed, {failed} failed", trials.len() - failed);
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Tries those that the test command has.
///
/// # Errors
/// Where one fails; what it said has been printed.
pub fn core(install: bool, root: &Path) -> Result<()> {
    let arguments = Arguments { only: Vec::new(), core: true, list: false, lies: false, install };
    let code = run(&arguments, root)?;
    if code == ExitCode::SUCCESS { Ok(()) } else { bail!("a client failed: see above") }
}

fn try_all<'a>(set_ups: &'a [SetUp], arguments: &Arguments, root: &Path) -> Result<Vec<Trial<'a>>> {
    ensure_machine(set_ups, arguments.install)?;
    let workshops: Vec<_> = set_ups.iter().map(|set_up| Workshop::new(set_up, root)).collect();
    if !arguments.install {
        let missing =
            set_ups.iter().zip(&workshops).filter(|(_, workshop)| !workshop.is_installed());
        let missing: Vec<_> = missing.map(|(set_up, _)| set_up.name.as_str()).collect();
        if !missing.is_empty() {
            let names = missing.join(",");
            bail!("not installed yet; type: cargo xtask clients --install --only {names}");
        }
    }
    // Two that generate into one folder would find each other's files there.
    fs::create_dir_all(root.join("target/clients"))?;
    let lock = File::create(root.join("target/clients/.lock"))?;
    if lock.try_lock().is_err() {
        println!("Another `cargo xtask clients` is at work here; waiting for its end.");
        lock.lock()?;
    }
    let demo = Demo::start(root)?;
    let tried = set_ups.iter().zip(&workshops);
    let clients = || tried.clone().filter(|(set_up, _)| set_up.kind == Kind::Client);
    let mut trials: Vec<Trial> = Vec::new();
    // Proxies want clients that have been made, and tools leave nothing of the demo as it was.
    for kind in [Kind::Client, Kind::Proxy, Kind::Tool] {
        for (set_up, workshop) in tried.clone().filter(|(set_up, _)| set_up.kind == kind) {
            println!("== {}", set_up.name);
            let mut trial = match kind {
                Kind::Client | Kind::Tool => trial::run(set_up, workshop, &demo.url),
                Kind::Proxy => proxy::run(set_up, workshop, clients(), &demo.url),
            };
            if arguments.lies && kind == Kind::Client && !set_up.run.is_empty() {
                trial.stage("lies", || lies::run(set_up, workshop, &demo.url));
            }
            trial.tell();
            trials.push(trial);
        }
    }
    trials.sort_by(|a, b| a.set_up.name.cmp(&b.set_up.name));
    Ok(trials)
}

/// The languages' own tools, from Debian where they may be installed.
fn ensure_machine(set_ups: &[SetUp], install: bool) -> Result<()> {
    let programs = set_ups.iter().flat_map(|it| &it.needs).map(String::as_str);
    let packages = set_ups.iter().flat_map(|it| &it.debian).map(String::as_str);
    machine::ensure_programs(programs, packages, "cargo xtask clients --install", install)
}
