//! `cargo xtask kills` and `cargo xtask siege`: what the test command tries on a small scale, at length and in a release
//! build.

use std::{path::Path, process::ExitCode};

use anyhow::{Context, Result};

#[derive(clap::Args)]
pub struct Kills {
    /// How many servers are killed
    #[arg(long, default_value_t = 1000)]
    kills: u32,
    /// The seed that an earlier trial printed; another one each time without this option
    #[arg(long)]
    seed: Option<u64>,
}

/// Kills servers while they record; what was found goes to standard output.
pub fn kills(arguments: &Kills, root: &Path) -> Result<ExitCode> {
    let mut variables = vec![("RUNLEDGER_KILLS", arguments.kills.to_string())];
    variables.extend(arguments.seed.map(|seed| ("RUNLEDGER_KILLS_SEED", seed.to_string())));
    trial("kills", &variables, root)
}

#[derive(clap::Args)]
pub struct Siege {
    /// Only the attacks that have this text in their names
    #[arg(long)]
    only: Option<String>,
}

/// Attacks a server in every way at hand; a table of how it bore that goes to standard output.
pub fn siege(arguments: &Siege, root: &Path) -> Result<ExitCode> {
    let mut variables = vec![("RUNLEDGER_SIEGE", "full".to_owned())];
    variables.extend(arguments.only.clone().map(|text| ("RUNLEDGER_SIEGE_ONLY", text)));
    trial("siege", &variables, root)
}

/// Runs one of the command line's tests with these variables, on the release build.
fn trial(test: &str, variables: &[(&str, String)], root: &Path) -> Result<ExitCode> {
    let mut cargo = crate::cargo();
    cargo.current_dir(root).args(["test", "--release", "--quiet", "--package", "runledger"]);
    cargo.args(["--test", test, "--", "--nocapture"]);
    cargo.envs(variables.iter().map(|(name, value)| (name, value)));
    let status = cargo.status().context("cargo cannot be started")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
