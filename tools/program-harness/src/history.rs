//! Files to import.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

/// Writes a file of so many generated runs, one JSON object per line.
///
/// # Panics
/// Where the file cannot be written.
pub fn write_history(path: &Path, runs: usize) {
    let now = runledger_model::Timestamp::now();
    let mut file = BufWriter::new(File::create(path).expect("a file"));
    for run in runledger_sample::history(7, runs, now) {
        serde_json::to_writer(&mut file, &run).expect("a line");
        file.write_all(b"\n").expect("a line");
    }
    file.flush().expect("a whole file");
}
