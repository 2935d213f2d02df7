//! `cargo xtask oasdiff`: what our `diff` says of random changes, held against what oasdiff says of them.

mod ask;
mod documents;
mod explain;
mod install;
mod judge;
mod mutate;
mod tally;

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Result, bail};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use self::{
    ask::Oasdiff,
    documents::Source,
    explain::Explanations,
    mutate::{Change, mutate},
    tally::Tally,
};

/// How many pairs the test command draws; with the default seed, all kinds of change are among them.
const PAIRS: u64 = 400;
const SEED: u64 = 6;

#[derive(clap::Args)]
pub struct Arguments {
    /// How many pairs of documents are drawn from each document
    #[arg(long, default_value_t = PAIRS)]
    count: u64,
    /// The same seed draws the same pairs
    #[arg(long, default_value_t = SEED)]
    seed: u64,
    /// What to change, instead of openapi.json and openapi-3.0.json; of a large document, a few operations at a time
    #[arg(long, value_name = "FILE", conflicts_with = "github")]
    document: Vec<PathBuf>,
    /// Change GitHub's own description, a few operations at a time
    #[arg(long)]
    github: bool,
    /// Only the pair of this number; it is left in target/oasdiff/pair, to look at
    #[arg(long, value_name = "N")]
    number: Option<u64>,
    /// Fetch what is missing: Go when root, oasdiff and GitHub's description into target/
    #[arg(long)]
    install: bool,
}

/// Draws pairs, asks both, and prints how often they agree; ends with 1 where a disagreement has no explanation.
///
/// # Errors
/// Where something is missing, or one of the two cannot read a document.
pub fn run(arguments: &Arguments, root: &Path, out: &mut dyn Write) -> Result<ExitCode> {
    let oasdiff = Oasdiff::new(install::oasdiff(arguments.install, root)?)?;
    let files = if arguments.github {
        vec![install::github(arguments.install, root)?]
    } else if arguments.document.is_empty() {
        vec![root.join("openapi.json"), root.join("openapi-3.0.json")]
    } else {
        arguments.document.clone()
    };
    let mut tally = Tally::new(Explanations::listed()?);
    for file in &files {
        let source = Source::read(file)?;
        let numbers = match arguments.number {
            Some(number) => number..number + 1,
            None => 0..arguments.count,
        };
        for number in numbers {
            let mut rng = ChaCha8Rng::seed_from_u64(arguments.seed);
            rng.set_stream(number);
            let old = source.draw(&mut rng);
            let (new, changes) = mutate(&old, &mut rng);
            if arguments.number.is_some() {
                keep(&source, &old, &new, &changes, root, out)?;
            }
            let repeat = format!("--seed {} --number {number}", arguments.seed);
            let name = format!("{}, {repeat}", source.name);
            tally.add(&oasdiff.ask_both(&name, &old, &new, changes)?, out)?;
        }
    }
    tally.write(out)?;
    Ok(if tally.unexplained() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What the test command runs.
///
/// # Errors
/// Where a disagreement has no explanation, or an explanation has no disagreement any more.
pub fn core(install: bool, root: &Path) -> Result<()> {
    let arguments = Arguments {
        count: PAIRS,
        seed: SEED,
        document: Vec::new(),
        github: false,
        number: None,
        install,
    };
    let code = run(&arguments, root, &mut std::io::stdout())?;
    if code == ExitCode::SUCCESS { Ok(()) } else { bail!("a disagreement without an explanation") }
}

/// Leaves a pair where somebody can look at it.
fn keep(
    source: &Source,
    old: &serde_json::Value,
    new: &serde_json::Value,
    changes: &[Change],
    root: &Path,
    out: &mut dyn Write,
) -> Result<()> {
    let folder = root.join("target/oasdiff/pair");
    fs::create_dir_all(&folder)?;
    for (name, document) in [("old", old), ("new", new)] {
        let path = folder.join(format!("{name}.json"));
        fs::write(&path, runledger_contract::to_pretty(document))?;
    }
    let changes: Vec<_> = changes.iter().map(ToString::to_string).collect();
    writeln!(out, "{}: {}", source.name, changes.join("; "))?;
    writeln!(out, "target/oasdiff/pair/old.json and new.json: written")?;
    Ok(())
}
