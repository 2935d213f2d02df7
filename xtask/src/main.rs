//! Commands for contributors. `openapi`, `test` and `bench` are here; every other command is a
//! program of its own, so that generating the OpenAPI documents compiles and links only what it
//! needs.

mod bench;
mod openapi;
mod programs;
mod test;

use std::{ffi::OsString, process::ExitCode};

use anyhow::Result;
use clap::{Parser, Subcommand};
use tools_support::workspace::root;

/// Commands for contributors.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", after_help = programs::help())]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Generate, check, compare and lint the OpenAPI documents
    Openapi(openapi::Arguments),
    /// Run all tests
    Test(test::Arguments),
    /// Run a benchmark
    Bench(bench::Arguments),
    #[command(external_subcommand)]
    Program(Vec<OsString>),
}

fn main() -> ExitCode {
    run(Arguments::parse().command).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(command: Command) -> Result<ExitCode> {
    let root = root();
    match command {
        Command::Openapi(arguments) => openapi::run(&arguments, &root, &mut std::io::stdout()),
        Command::Test(arguments) => Ok(test::run(&arguments, &root)),
        Command::Bench(arguments) => bench::run(&arguments, &root),
        Command::Program(arguments) => programs::forward(&arguments, &root),
    }
}
