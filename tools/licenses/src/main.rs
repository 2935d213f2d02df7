//! Checks the licenses of all dependencies, or prints the texts of those that are linked.

use std::{collections::BTreeMap, process::ExitCode};

use anyhow::Result;
use clap::Parser;
use tools_support::workspace;

/// Check that every dependency has an allowed license
#[derive(Parser)]
#[command(name = "cargo xtask licenses")]
struct Arguments {
    /// Print the license texts of what is linked into the program, as the archive contains them
    #[arg(long)]
    texts: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let Arguments { texts } = arguments;
    let root = workspace::root();
    let metadata = licenses::metadata(&root)?;
    if *texts {
        print!("{}", licenses::texts(&root, &licenses::linked(&metadata, "runledger")?)?);
        return Ok(());
    }
    licenses::check(&metadata.packages)?;
    let mut packages = BTreeMap::<&str, usize>::new();
    for package in &metadata.packages {
        *packages.entry(package.license.as_deref().unwrap_or_default()).or_default() += 1;
    }
    for (license, count) in &packages {
        println!("{count:>4}  {license}");
    }
    println!("All {} packages have allowed licenses.", metadata.packages.len());
    Ok(())
}
