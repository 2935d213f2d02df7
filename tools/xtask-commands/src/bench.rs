//! `cargo xtask bench`: forwards to the benchmark, which is compiled on its own, so that xtask
//! compiles no database, or to the benchmark of the contract.

use std::{ffi::OsString, path::Path, process::ExitCode};

use anyhow::{Context, Result};

use crate::programs;

#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Arguments {
    /// The arguments of the benchmark; or `contract`, and the older and newer document to measure
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Runs the benchmark that the arguments name.
///
/// # Errors
/// Where cargo cannot be started.
pub fn run(arguments: &Arguments, root: &Path) -> Result<ExitCode> {
    match arguments.arguments.split_first() {
        Some((name, files)) if name == "contract" => contract(files, root),
        _ => programs::run_release("benchmark", &arguments.arguments, root),
    }
}

/// Reads, compares and converts documents.
fn contract(files: &[OsString], root: &Path) -> Result<ExitCode> {
    let mut cargo = tools_support::command::cargo();
    cargo.current_dir(root).args(["bench", "--quiet", "--package", "runledger-contract"]);
    cargo.args(["--bench", "contract", "--"]);
    for file in files {
        cargo.arg(std::path::absolute(file)?);
    }
    let status = cargo.status().context("cargo cannot be started")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
