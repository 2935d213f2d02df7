//! Generates, compiles and runs clients in other languages from the checked-in documents, and
//! writes docs/clients.md.

mod environment;
mod faults;
mod manifest;
mod matrix;
mod outcome;
mod page;
mod proxy;
mod scenario;

use std::{fs, path::Path, process::ExitCode};

use anyhow::Result;
use clap::Parser;
use tools_support::workspace;

use crate::matrix::Selection;

/// Generate, compile and run clients in other languages, and write docs/clients.md
#[derive(Parser)]
#[command(bin_name = "cargo xtask clients")]
struct Arguments {
    /// Only these clients and tools, such as go-ogen,python-openapi-generator; docs/clients.md is
    /// not written
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    only: Vec<String>,
    /// Only those that are part of the test command; docs/clients.md is not written
    #[arg(long, conflicts_with = "only")]
    core: bool,
    /// Print the names of the clients and tools, and exit
    #[arg(long)]
    list: bool,
    /// Also run each client's scenario through a proxy that injects one fault into each step: the
    /// program must fail at that step
    #[arg(long)]
    inject_faults: bool,
    /// Install what is missing: Debian packages as root; generators and libraries into target/
    #[arg(long)]
    install: bool,
}

fn main() -> ExitCode {
    run(&Arguments::parse(), &workspace::root()).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(arguments: &Arguments, root: &Path) -> Result<ExitCode> {
    let Arguments { only, core, list, inject_faults, install } = arguments;
    let manifests = manifest::select(manifest::all(root)?, only, *core)?;
    if *list {
        for it in &manifests {
            println!("{:<44} {}{}", it.name, it.language, if it.core { ", core" } else { "" });
        }
        return Ok(ExitCode::SUCCESS);
    }
    let selection = Selection { manifests: &manifests, root };
    let outcomes = selection.run(*install, *inject_faults)?;
    println!("\n{}", page::table(&outcomes));
    if only.is_empty() && !core {
        fs::write(root.join("docs/clients.md"), page::text(&outcomes))?;
        println!("docs/clients.md: written");
    }
    let failed = outcomes.iter().filter(|outcome| outcome.failure().is_some()).count();
    println!("{} clients and tools passed, {failed} failed", outcomes.len() - failed);
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
