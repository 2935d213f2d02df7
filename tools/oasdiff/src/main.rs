//! `cargo xtask oasdiff`: what our `diff` says of random changes, held against what oasdiff says.

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
    ops::Range,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use anyhow::Result;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use self::{
    ask::{Asked, Oasdiff},
    documents::Source,
    explain::Explanations,
    mutate::{Change, mutate},
    tally::Tally,
};

/// How many pairs are drawn of each document: two rounds of all kinds of change.
const PAIRS: u64 = 240;
const SEED: u64 = 6;

/// Compare the findings of `openapi diff` with oasdiff's on random changes
#[derive(clap::Parser)]
#[command(name = "cargo xtask oasdiff")]
struct Arguments {
    /// How many pairs of documents are drawn from each document
    #[arg(long, default_value_t = PAIRS)]
    count: u64,
    /// The same seed draws the same pairs
    #[arg(long, default_value_t = SEED)]
    seed: u64,
    /// What to change, instead of our contract, its 3.0 copy and a made-up zoo; of a large document, a few operations at a time
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
    /// What the test command compares: the default documents, number of pairs and seed
    #[arg(long, conflicts_with_all = ["count", "seed", "document", "github", "number"])]
    core: bool,
}

fn main() -> ExitCode {
    let arguments = <Arguments as clap::Parser>::parse();
    let root = tools_support::workspace::root();
    run(&arguments, &root, &mut std::io::stdout()).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

/// Draws pairs, asks both, and prints how often they agree; ends with 1 where a disagreement has no explanation.
///
/// # Errors
/// Where something is missing, or one of the two cannot read a document.
fn run(arguments: &Arguments, root: &Path, out: &mut dyn Write) -> Result<ExitCode> {
    let program = install::oasdiff(arguments.install, root)?;
    let mut tally = Tally::new(Explanations::listed()?);
    for source in sources(arguments, root)? {
        let first = arguments.number.unwrap_or_default();
        let count = if arguments.number.is_some() { 1 } else { arguments.count };
        for asked in ask_all(&source, first..first + count, arguments.seed, &program)? {
            tally.add(&asked, out)?;
        }
        if arguments.number.is_some() {
            keep(&source, &draw(&source, first, arguments.seed), root, out)?;
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
    ours.into_iter().chain([Source::zoo()]).collect()
}

/// A document, what became of it, and by which changes.
struct Drawn {
    old: Value,
    new: Value,
    changes: Vec<Change>,
}

/// Draws the pair of this number; nothing else decides which one it is.
fn draw(source: &Source, number: u64, seed: u64) -> Drawn {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(number);
    let old = source.draw(&mut rng);
    let (new, changes) = mutate(&old, number, &mut rng);
    Drawn { old, new, changes }
}

/// Asks both about all pairs, on all processors; the answers are in the order of the numbers.
fn ask_all(source: &Source, numbers: Range<u64>, seed: u64, program: &Path) -> Result<Vec<Asked>> {
    let (next, end) = (AtomicU64::new(numbers.start), numbers.end);
    let work = || -> Result<Vec<(u64, Asked)>> {
        let oasdiff = Oasdiff::new(program.to_owned())?;
        let mut answers = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= end {
                return Ok(answers);
            }
            let Drawn { old, new, changes } = draw(source, number, seed);
            let name = format!("{}, --seed {seed} --number {number}", source.name);
            answers.push((number, oasdiff.ask_both(&name, &old, &new, changes)?));
        }
    };
    let mut answers = thread::scope(|scope| -> Result<Vec<_>> {
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let done = workers.into_iter().map(|it| it.join().expect("a worker does not panic"));
        Ok(done.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
    })?;
    answers.sort_by_key(|(number, _)| *number);
    Ok(answers.into_iter().map(|(_, asked)| asked).collect())
}

/// Leaves a pair where somebody can look at it.
fn keep(source: &Source, drawn: &Drawn, root: &Path, out: &mut dyn Write) -> Result<()> {
    let folder = root.join("target/oasdiff/pair");
    fs::create_dir_all(&folder)?;
    for (name, document) in [("old", &drawn.old), ("new", &drawn.new)] {
        let path = folder.join(format!("{}-{name}.json", source.name));
        fs::write(&path, runledger_contract::to_pretty(document))?;
        writeln!(out, "{}: written", path.display())?;
    }
    for change in &drawn.changes {
        writeln!(out, "{}: {change}", source.name)?;
    }
    Ok(())
}
