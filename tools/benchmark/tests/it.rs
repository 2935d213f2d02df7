//! The whole benchmark at its smallest size.

use std::{fs, process::Command};

#[test]
fn every_row_of_the_document_has_figures_and_every_plot_is_drawn() {
    let output = tempfile::tempdir().unwrap();
    let mut benchmark = Command::new(env!("CARGO_BIN_EXE_benchmark"));
    benchmark.args(["--runs", "1000", "--connections", "1,2"]);
    benchmark.args(["--rounds", "1", "--slice", "1ms", "--samples", "1"]);
    benchmark.arg("--output").arg(output.path());
    let ended = benchmark.output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));

    let document = fs::read_to_string(output.path().join("benchmarks.md")).unwrap();
    for title in ["# Benchmarks", "## Goals", "## Recording", "## 1,000 runs"] {
        assert!(document.lines().any(|line| line == title), "{title}\n{document}");
    }
    let rows = document.lines().filter(|line| line.starts_with("| ") && !is_heading(line));
    let rows: Vec<_> = rows.collect();
    assert!(rows.len() > 150, "{document}");
    for row in rows {
        let (_, figures) = row[2..].split_once(" | ").unwrap();
        assert!(figures.contains(|c: char| c.is_ascii_digit()), "{row}");
        assert!(!figures.contains("NaN") && !figures.contains("inf"), "{row}");
    }
    for shape in ["even", "hour", "workflows"] {
        for plot in ["runs", "depth"] {
            let file = format!("benchmarks/{plot}-{shape}.svg");
            assert!(document.contains(&file), "{file}");
            let plot = fs::read_to_string(output.path().join(&file)).unwrap();
            assert!(plot.matches("<circle").count() >= 6, "{file}: {plot}");
        }
    }
}

/// Whether a row of a table has no figures of its own: titles, and the line below them.
fn is_heading(line: &str) -> bool {
    ["| --- |", "| goal |", "| recorded |", "| in one process", "| over HTTP", "|  |", "| | |"]
        .iter()
        .any(|start| line.starts_with(start))
}
