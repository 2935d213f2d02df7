//! Compares the findings of `openapi diff` with those of oasdiff on random changes.

mod compare;
mod documents;
mod explain;
mod install;
mod mutate;
mod opinion;
mod pairs;
mod tally;

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Result;
use clap::Parser;

use self::{documents::Source, explain::Explanations, tally::Tally};

/// The default number of pairs of each document. It uses every mutation twice.
const PAIRS: u64 = 240;
const SEED: u64 = 6;

/// Compare the findings of `openapi diff` with those of oasdiff on random changes
#[derive(Parser)]
#[command(bin_name = "cargo xtask oasdiff")]
struct Arguments {
    /// Number of pairs of documents to draw from each document
    #[arg(long, default_value_t = PAIRS)]
    count: u64,
    /// Seed of the random numbers; the same seed draws the same pairs
    #[arg(long, default_value_t = SEED)]
    seed: u64,
    /// Change this document instead of openapi.json, openapi-3.0.json and a fixture; of a large
    /// document, a few operations at a time
    #[arg(long, value_name = "FILE", conflicts_with = "github")]
    document: Vec<PathBuf>,
    /// Change GitHub's API description, a few operations at a time
    #[arg(long)]
    github: bool,
    /// Compare only the pair with this number, and write it to target/oasdiff/pair
    #[arg(long, value_name = "N")]
    number: Option<u64>,
    /// Install missing programs: Go when run as root, and oasdiff and GitHub's API description into
    /// target/
    #[arg(long)]
    install: bool,
    /// Compare what the test command compares: the default documents, number of pairs and seed
    #[arg(long, conflicts_with_all = ["count", "seed", "document", "github", "number"])]
    core: bool,
}

fn main() -> ExitCode {
    let root = tools_support::workspace::root();
    run(&Arguments::parse(), &root, &mut std::io::stdout()).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

/// Compares the pairs and prints the result; returns a failure if a disagreement is not explained.
fn run(arguments: &Arguments, root: &Path, out: &mut dyn Write) -> Result<ExitCode> {
    let program = install::oasdiff(arguments.install, root)?;
    let mut tally = Tally::new(Explanations::listed()?);
    for source in sources(arguments, root)? {
        let first = arguments.number.unwrap_or_default();
        let count = if arguments.number.is_some() { 1 } else { arguments.count };
        let numbers = first..first + count;
        for compared in compare::compare_all(&source, numbers, arguments.seed, &program)? {
            tally.add(&compared, out)?;
        }
        if arguments.number.is_some() {
            let pair = pairs::draw(&source, first, arguments.seed);
            pair.write(&source.name, &root.join("target/oasdiff/pair"), out)?;
        }
    }
    tally.write(out)?;
    Ok(if tally.unexplained() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn sources(arguments: &Arguments, root: &Path) -> Result<Vec<Source>> {
    if arguments.github {
        return Ok(vec![Source::read(&install::github(arguments.install, root)?)?]);
    }
    if !arguments.document.is_empty() {
        return arguments.document.iter().map(|file| Source::read(file)).collect();
    }
    let ours = ["openapi.json", "openapi-3.0.json"].map(|name| Source::read(&root.join(name)));
    ours.into_iter().chain([Source::fixture()]).collect()
}
