//! What a developer of the contract runs: one file per command.

mod bench;
mod browser;
mod clients;
mod conform;
mod dist;
mod licences;
mod oasdiff;
mod openapi;
mod programs;
mod record;
mod screenshot;
mod test;
mod validators;
mod walk;

use std::{ffi::OsString, process::ExitCode};

use clap::{Parser, Subcommand};
use tools_support::workspace::root;

/// What a developer of the contract runs.
#[derive(Parser)]
#[command(name = "cargo xtask", after_help = programs::help())]
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
    /// Check the licences of all dependencies against a short list
    Licences(licences::Arguments),
    /// Put the release program and all that belongs to it into one archive, and into a Debian package
    Dist(dist::Arguments),
    #[command(external_subcommand)]
    Program(Vec<OsString>),
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
        Command::Licences(arguments) => licences::run(&arguments, &root(), &mut std::io::stdout()),
        Command::Dist(arguments) => dist::run_all(&arguments, &root()),
        Command::Program(arguments) => programs::forward(&arguments, &root()),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
