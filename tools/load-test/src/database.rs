//! The database that is served.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use program_harness::on_database;
use runledger_model::{StepExecution, Timestamp, WorkflowRunDetail, examples};

/// Imports a history of so many runs, the documented run, and a run of nearly the largest size.
///
/// # Panics
/// Where they cannot be imported.
pub fn fill(database: &Path, runs: usize) {
    let import = tempfile::NamedTempFile::new().expect("a file");
    let mut file = BufWriter::new(File::create(import.path()).expect("a file"));
    let history = runledger_sample::history(1, runs, Timestamp::now());
    for run in history.chain([examples::execution(), large_run()]) {
        serde_json::to_writer(&mut file, &run).expect("a line");
        file.write_all(b"\n").expect("a line");
    }
    file.flush().expect("a whole file");
    drop(file);
    let path = import.path().display().to_string();
    on_database(&["import", &path, "--tenant", "one"], database).done();
}

fn large_run() -> WorkflowRunDetail {
    let run = examples::execution();
    let step = |number: usize| StepExecution {
        id: format!("step {number}"),
        error: Some("x".repeat(60_000)),
        ..run.steps[0].clone()
    };
    WorkflowRunDetail {
        id: "large".into(),
        steps: (0..250).map(step).collect(),
        step_count: 250,
        ..run.clone()
    }
}
