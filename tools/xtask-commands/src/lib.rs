//! The commands of `cargo xtask`, without the types and routes that they work on: this package is
//! not compiled again when those change, so that `cargo xtask openapi generate` is fast.
//!
//! `openapi`, `test` and `bench` are here; every other command is a program of its own.

mod bench;
mod openapi;
mod programs;
mod test;

use std::{ffi::OsString, process::ExitCode};

use anyhow::Result;
use clap::{Parser, Subcommand};
use tools_support::workspace::root;

pub use openapi::{Generator, SchemaFile};

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
    /// Measure the store and the server, and write docs/benchmarks.md; or `contract`
    Bench(bench::Arguments),
    #[command(external_subcommand)]
    Program(Vec<OsString>),
}

/// Runs the command that the arguments of this process name, and prints its error.
pub fn main(generator: &Generator) -> ExitCode {
    run(Arguments::parse().command, generator).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(command: Command, generator: &Generator) -> Result<ExitCode> {
    let root = root();
    match command {
        Command::Openapi(arguments) => {
            openapi::run(&arguments, generator, &root, &mut std::io::stdout())
        }
        Command::Test(arguments) => Ok(test::run(&arguments, generator, &root)),
        Command::Bench(arguments) => bench::run(&arguments, &root),
        Command::Program(arguments) => programs::forward(&arguments, &root),
    }
}
