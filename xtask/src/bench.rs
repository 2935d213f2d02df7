//! `cargo xtask bench`: runs the benchmarks, which are built on their own, so that xtask compiles no database.

use std::{path::Path, process::ExitCode};

use anyhow::{Context, Result};

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(clap::Subcommand)]
enum Subject {
    /// The store against naive SQL on the same data
    Store {
        /// How many runs the ledger holds; given more than once, one table for each
        #[arg(long, default_values_t = [100_000, 1_000_000])]
        runs: Vec<u32>,
    },
}

/// Runs one benchmark; its table goes to standard output.
pub fn run(arguments: &Arguments, root: &Path) -> Result<ExitCode> {
    let Subject::Store { runs } = &arguments.subject;
    let mut cargo = crate::cargo();
    cargo.current_dir(root).args(["bench", "--quiet", "--package", "runledger-store"]);
    cargo.args(["--features", "sqlite", "--bench", "store", "--"]);
    for runs in runs {
        cargo.args(["--runs", &runs.to_string()]);
    }
    let status = cargo.status().context("cargo cannot be started")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
