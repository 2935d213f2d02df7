//! `cargo xtask bench`: runs the benchmarks. They are compiled on their own, so that xtask compiles
//! no database.

use std::{path::Path, process::ExitCode};

use anyhow::{Context, Result};

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(clap::Subcommand)]
enum Subject {
    /// Compare the SQLite engine with plain SQL on the same data
    Store {
        /// Runs in the database; repeat the option for several tables
        #[arg(long, default_values_t = [100_000, 1_000_000])]
        runs: Vec<u32>,
    },
    /// Read, compare and convert documents of 10 MB
    Contract {
        /// Older and newer document to measure instead
        #[arg(num_args = 2, value_names = ["OLD", "NEW"])]
        files: Vec<std::path::PathBuf>,
    },
}

/// Runs one benchmark.
///
/// # Errors
/// Where cargo cannot be started.
pub fn run(arguments: &Arguments, root: &Path) -> Result<ExitCode> {
    let mut cargo = tools_support::command::cargo();
    cargo.current_dir(root).args(["bench", "--quiet"]);
    match &arguments.subject {
        Subject::Store { runs } => {
            cargo.args(["--package", "runledger-store-sqlite", "--bench", "store", "--"]);
            for runs in runs {
                cargo.args(["--runs", &runs.to_string()]);
            }
        }
        Subject::Contract { files } => {
            cargo.args(["--package", "runledger-contract", "--bench", "contract", "--"]);
            for file in files {
                cargo.arg(std::path::absolute(file)?);
            }
        }
    }
    let status = cargo.status().context("cargo cannot be started")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
