//! Checks licenses, sources and versions of all dependencies with cargo-deny, or prints the license
//! texts of those that are linked.

use std::{
    path::Path,
    process::{Command, ExitCode},
};

use anyhow::Result;
use clap::Parser;
use tools_support::{command::run, packages::Packages, workspace};

const CARGO_PACKAGES: &[&str] = &["cargo-deny@0.20.2"];
const CHECKS: &[&str] = &["licenses", "bans", "sources"];

/// Check the licenses and sources of all dependencies against deny.toml
#[derive(Parser)]
#[command(bin_name = "cargo xtask licenses")]
struct Arguments {
    /// Print the license texts of what is linked into the program, as the archive contains them
    #[arg(long)]
    texts: bool,
    /// Install cargo-deny into target/ where it is missing
    #[arg(long)]
    install: bool,
}

fn main() -> ExitCode {
    match execute(&Arguments::parse(), &workspace::root()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn execute(arguments: &Arguments, root: &Path) -> Result<()> {
    let Arguments { texts, install } = arguments;
    if *texts {
        let metadata = licenses::metadata(root)?;
        print!("{}", licenses::texts(root, &licenses::linked(&metadata, "runledger")?)?);
        return Ok(());
    }
    let cargo_deny = Packages::cargo(CARGO_PACKAGES, root.join("target/tools/cargo-deny"));
    cargo_deny.ensure("cargo xtask licenses --install", *install)?;
    let mut check = Command::new(cargo_deny.program("cargo-deny"));
    run(check.current_dir(root).args(["--offline", "check"]).args(CHECKS))
}
