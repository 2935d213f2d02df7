//! What a developer of the contract runs: one file per command.

mod bench;
mod browser;
mod clients;
mod conform;
mod demo;
mod dist;
mod licences;
mod machine;
mod oasdiff;
mod openapi;
mod record;
mod screenshot;
mod test;
mod tree;
mod trials;
mod validators;
mod walk;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Parser, Subcommand};

/// What a developer of the contract runs.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Change a type, and see what became of the contract
    Openapi(openapi::Arguments),
    /// Change documents at random, and hold what `openapi diff` says of it against what oasdiff says
    Oasdiff(oasdiff::Arguments),
    /// Generate, compile and run clients in other languages, and write docs/clients.md
    Clients(clients::Arguments),
    /// Try the documented contract on any server, and say what it does not hold
    Conform(conform::Arguments),
    /// Do to a copy of the tree what CONTRIBUTING.md says, and see what it shows
    Walk,
    /// Run everything that holds this project together: the README's test command
    Test(test::Arguments),
    /// Make the pictures of docs/: Swagger UI and `openapi watch` in headless Chromium, after somebody has used them
    Screenshot,
    /// Measure, and print beside it what the naive way takes
    Bench(bench::Arguments),
    /// Kill servers while they record, and look whether all that was acknowledged is there
    Kills(trials::Kills),
    /// Check the licences of all dependencies against a short list
    Licences(licences::Arguments),
    /// Put the release program and all that belongs to it into one archive, and into a Debian package
    Dist(dist::Arguments),
    /// Attack a server with 10,000 connections, slow clients and absurd requests; it must answer others within a second
    /// and take at most 200 MB of memory
    Siege(trials::Siege),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Openapi(arguments) => openapi::run(&arguments, &root(), &mut std::io::stdout()),
        Command::Oasdiff(arguments) => oasdiff::run(&arguments, &root(), &mut std::io::stdout()),
        Command::Clients(arguments) => clients::run(&arguments, &root()),
        Command::Conform(arguments) => conform::run(&arguments, &mut std::io::stdout()),
        Command::Walk => walk::run(&root()),
        Command::Test(arguments) => test::run_all(&arguments, &root()),
        Command::Screenshot => screenshot::run(&root()),
        Command::Bench(arguments) => bench::run(&arguments, &root()),
        Command::Kills(arguments) => trials::kills(&arguments, &root()),
        Command::Licences(arguments) => licences::run(&arguments, &root(), &mut std::io::stdout()),
        Command::Dist(arguments) => dist::run_all(&arguments, &root()),
        Command::Siege(arguments) => trials::siege(&arguments, &root()),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

/// The workspace's folder. Cargo names it at run time too: where two clones share a target folder, the
/// binary can be the other clone's, and what it remembers from its build would be the wrong folder.
fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let here = here.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    here.parent().map(Path::to_path_buf).unwrap_or_default()
}

/// The cargo that runs us, or else the one that built us.
fn cargo() -> std::process::Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
    std::process::Command::new(program)
}
