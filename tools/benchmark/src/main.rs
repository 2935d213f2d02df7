//! Measures the store and the server beside plain SQL, a bare table and static bytes, and writes
//! `docs/benchmarks.md` with its plots: `cargo xtask bench`.

mod data;
mod http;
mod machine;
mod measure;
mod reads;
mod report;
mod sql;
mod statistics;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result};
use clap::Parser;

use crate::{
    data::{Data, Ledger, Shape, delete_files},
    machine::Machine,
    measure::Effort,
    report::{LedgerReport, RecordingReport, Report},
};

/// Measure the store and the server, and write docs/benchmarks.md with its plots
///
/// The data is the same in each call. Everything that is compared is measured in turn, so that
/// other load on this machine affects all of it equally.
#[derive(Parser)]
#[command(bin_name = "cargo xtask bench", after_help = EXAMPLES)]
struct Arguments {
    /// Numbers of runs.
    #[arg(
        long,
        value_name = "NUMBER,…",
        value_delimiter = ',',
        default_value = "10000,100000,1000000",
        value_parser = clap::value_parser!(u64).range(1000..)
    )]
    runs: Vec<u64>,

    /// Shapes of data.
    #[arg(long, value_name = "SHAPE,…", value_delimiter = ',', value_enum,
          default_values_t = Shape::ALL)]
    shapes: Vec<Shape>,

    /// Folder for the databases; a temporary one by default.
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,

    /// Keep the databases in the folder, for the next call.
    #[arg(long, requires = "folder")]
    keep: bool,

    /// Folder in which benchmarks.md and the folder benchmarks are written; docs by default.
    #[arg(long, value_name = "FOLDER")]
    output: Option<PathBuf>,

    /// Rounds over everything that is compared over HTTP.
    #[arg(long, value_name = "NUMBER", default_value_t = 7,
          value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,

    /// Numbers of connections over HTTP.
    #[arg(long, value_name = "NUMBER,…", value_delimiter = ',', default_value = "1,16,64",
          value_parser = clap::value_parser!(u16).range(1..))]
    connections: Vec<u16>,

    /// How long a measurement over HTTP takes, about.
    #[arg(long, value_name = "DURATION", default_value = "150ms",
          value_parser = humantime::parse_duration)]
    slice: Duration,

    /// How often a read is measured in this process; as many random requests are sent over HTTP.
    #[arg(long, value_name = "NUMBER", default_value_t = 300,
          value_parser = clap::value_parser!(u16).range(1..))]
    samples: u16,
}

const EXAMPLES: &str = "\
Examples:
  # What the checked-in document has; takes hours and 20 GB
  cargo xtask bench --runs 10000,100000,1000000,10000000

  # A first impression of a change, in a few minutes
  cargo xtask bench --runs 100000 --shapes even --output /tmp

  # Read, compare and convert OpenAPI documents of 10 MB
  cargo xtask bench contract";

/// How often a read with plain SQL that counts is measured; it may take a second.
const COUNTED_SAMPLES: usize = 3;
/// The most runs that are recorded to measure recording.
const MAX_RECORDED: u64 = 300_000;

fn main() -> Result<()> {
    if std::env::args().nth(1).is_some_and(|argument| argument == http::COMMAND) {
        return http::serve();
    }
    let arguments = Arguments::parse();
    let temporary = tempfile::tempdir().context("no temporary folder")?;
    let folder = arguments.folder.as_deref().unwrap_or(temporary.path());
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let output = arguments.output.clone();
    let output = output.unwrap_or_else(|| tools_support::workspace::root().join("docs"));
    machine::expect_disk_space(folder, &arguments.runs, arguments.shapes.len(), arguments.keep)?;
    let report = measure(&arguments, folder)?;
    report::write(&report, &output)?;
    println!("{}", output.join("benchmarks.md").display());
    Ok(())
}

fn measure(arguments: &Arguments, folder: &Path) -> Result<Report> {
    let effort = Effort {
        connections: arguments.connections.iter().copied().map(usize::from).collect(),
        rounds: arguments.rounds,
        slice: arguments.slice,
        samples: arguments.samples.into(),
        counted_samples: COUNTED_SAMPLES.min(arguments.samples.into()),
        max_recorded: MAX_RECORDED,
    };
    let (mut ledgers, mut recordings) = (Vec::new(), Vec::new());
    for runs in arguments.runs.iter().copied() {
        for shape in arguments.shapes.iter().copied() {
            let data = Data { shape, runs };
            ledgers.push(measure_ledger(folder, data, &effort, arguments.keep)?);
        }
        if runs <= MAX_RECORDED || recordings.is_empty() {
            progress(&format!("recording {runs} runs"));
            let rows = measure::recording(folder, runs, &effort)?;
            recordings.push(RecordingReport { runs: runs.min(MAX_RECORDED), rows });
        }
    }
    progress("single recordings");
    let single_recordings = measure::single_recordings(folder, &effort)?;
    let machine = Machine::this()?;
    Ok(Report { command: command(), machine, ledgers, recordings, single_recordings })
}

fn measure_ledger(folder: &Path, data: Data, effort: &Effort, keep: bool) -> Result<LedgerReport> {
    let Data { shape, runs } = data;
    let step = |what: &str| progress(&format!("{runs} runs, {shape}: {what}"));
    step("filling");
    let ledger = Ledger::in_folder(folder, data)?;
    step("bytes");
    let bytes = measure::bytes(&ledger)?;
    step("reads in this process");
    let in_process = measure::in_process(&ledger, effort)?;
    step("start");
    let start = measure::start(&ledger)?;
    step("reads over HTTP");
    let over_http = measure::over_http(&ledger, effort)?;
    step("prune");
    let prune = measure::prune(&ledger)?;
    if !keep {
        delete_files(&ledger.path)?;
    }
    Ok(LedgerReport { data, bytes, in_process, start, over_http, prune })
}

/// What a user types to measure the same.
fn command() -> String {
    let arguments = std::env::args().skip(1);
    ["cargo".into(), "xtask".into(), "bench".into()]
        .into_iter()
        .chain(arguments)
        .collect::<Vec<String>>()
        .join(" ")
}

fn progress(what: &str) {
    eprintln!("{what} …");
}
