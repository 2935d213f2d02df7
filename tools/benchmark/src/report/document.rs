//! The document.

use std::fmt::Write;

use super::{
    goals,
    results::{LedgerReport, Report},
    tables::Table,
};
use crate::{
    data::{Data, STEPS},
    measure::{Bytes, InProcess, OverHttp, Prune, Start},
    statistics::{Figure, Summary, grouped},
};

/// The folder of the plots, beside the document.
pub const PLOTS: &str = "benchmarks";
const NONE: &str = "–";

/// The whole text. `plots` are the titles and file names of the plots.
pub fn text(report: &Report, plots: &[(String, String)]) -> String {
    let mut text = introduction(report);
    let _ = write!(text, "\n## Goals\n\n{}", goals::table(report));
    text += "\n## Plots\n\n";
    for (title, file) in plots {
        let _ = writeln!(text, "![{title}]({PLOTS}/{file})\n");
    }
    text += "## Recording\n\n";
    text += &recording(report);
    let mut runs = 0;
    for ledger in &report.ledgers {
        let LedgerReport { data, bytes, in_process, start, over_http, prune } = ledger;
        if data.runs != runs {
            runs = data.runs;
            let _ = write!(text, "\n## {} runs\n", grouped(runs.cast_signed()));
        }
        let _ = write!(text, "\n### {}\n\n", title_case(&data.shape.to_string()));
        let _ = write!(text, "    {}\n\n", command_for(*data));
        text += &reads_in_process(in_process);
        text += "\n";
        text += &reads_over_http(over_http);
        text += "\n";
        text += &other_figures(bytes, start, over_http, prune);
    }
    text
}

fn introduction(report: &Report) -> String {
    let Report { command, machine, ledgers: _, recordings: _, single_recordings: _ } = report;
    let memory = machine.memory_bytes as f64 / 1e9;
    format!(
        "# Benchmarks\n\n\
         This page was written by a program and is not edited:\n\n    {command}\n\n\
         | | |\n| --- | --- |\n\
         | processor | {}, {} logical cores |\n| memory | {memory:.0} GB |\n\
         | system | {} |\n| commit | {} |\n| time | {} |\n\n\
         Figures are medians, with the quartiles in parentheses: half of the measurements are \
         between them. Everything in a table was measured in turn, request by request or slice by \
         slice, so that other load on the machine affects all of it. The load generator of HTTP \
         runs on the same cores as the server, two threads of another process. Pages, workflows, \
         spans of time and ids are random, and each run has {STEPS} steps. Ratios can be compared \
         between machines; times cannot.\n\n\
         - **store**: the store's reader in this process; a page always includes its totals.\n\
         - **rows only**: a prepared statement in this process that begins at the page's first row \
         and reads its rows from the same file, without totals.\n\
         - **plain SQL**: `count(*)`, `sum(…)`, `ORDER BY … LIMIT … OFFSET` on the same file.\n\
         - **static bytes**: axum with one route that sends as many bytes, in its own process.\n",
        machine.processor, machine.cores, machine.system, machine.commit, machine.time,
    )
}

fn recording(report: &Report) -> String {
    let mut text = String::from(
        "Runs per second of durable batches of 1,000, into new files; the bare table has the same \
         columns, indexes and steps, and counts and looks up nothing.\n\n",
    );
    let titles = ["recorded", "store, runs/s", "bare table, runs/s", "store / bare table"];
    let mut table = Table::new(&titles);
    for recording in &report.recordings {
        for row in &recording.rows {
            let name = format!("{} runs {}", grouped(row.runs.cast_signed()), row.order);
            let ratio = Figure(row.ratio).to_string();
            table.row(name, &[row.ours.to_string(), row.bare.to_string(), ratio]);
        }
    }
    text += &table.text();
    text += "\nSingle recordings over HTTP, each acknowledged once it is durable:\n\n";
    let mut table = Table::new(&["", "one connection", "64 connections", "ratio"]);
    let single = &report.single_recordings;
    let figures = [single.one, single.many, single.ratio].map(|summary| summary.to_string());
    table.row("runs/s", &figures);
    text + &table.text()
}

fn reads_in_process(reads: &InProcess) -> String {
    let titles = [
        "in one process, µs",
        "store",
        "rows only",
        "plain SQL",
        "store / rows only",
        "store / page 1",
        "plain SQL / store",
    ];
    let mut table = Table::new(&titles);
    let page_1 = reads.page_1().ours.median;
    for row in &reads.rows {
        let ours = row.ours.median;
        let summary = |it: &Option<Summary>| it.map_or(NONE.into(), |it| it.to_string());
        let ratio = |ratio: Option<f64>| ratio.map_or(NONE.into(), |it| Figure(it).to_string());
        table.row(
            row.kind.name,
            &[
                row.ours.to_string(),
                summary(&row.rows_only),
                summary(&row.counted),
                ratio(row.rows_only.map(|rows_only| ours / rows_only.median)),
                Figure(ours / page_1).to_string(),
                ratio(row.counted.map(|counted| counted.median / ours)),
            ],
        );
    }
    table.text()
}

fn reads_over_http(reads: &OverHttp) -> String {
    let mut titles = vec!["over HTTP, requests/s".to_owned()];
    let connections = reads.rows.first().map(|row| row.cells.iter().map(|cell| cell.connections));
    for connections in connections.into_iter().flatten() {
        let name = if connections == 1 { "connection" } else { "connections" };
        titles.extend([format!("{connections} {name}"), "/ static bytes".into()]);
    }
    let mut table = Table::new(&titles.iter().map(String::as_str).collect::<Vec<_>>());
    for row in &reads.rows {
        let cells = row.cells.iter().flat_map(|cell| [cell.rate, cell.ratio]);
        table.row(&row.name, &cells.map(|summary| summary.to_string()).collect::<Vec<_>>());
    }
    table.text()
}

fn other_figures(bytes: &Bytes, start: &Start, over_http: &OverHttp, prune: &Prune) -> String {
    let mut table = Table::new(&["", "figure"]);
    table.row("disk for a run, bytes", &[Figure(bytes.per_run).to_string()]);
    table.row("disk for a step, bytes", &[Figure(bytes.per_step).to_string()]);
    for (name, per_run) in bytes.parts.iter().filter(|(_, per_run)| *per_run >= 1.0) {
        table.row(format!("`{name}`, bytes for a run"), &[Figure(*per_run).to_string()]);
    }
    table.row("from the start of a killed server until ready, ms", &[start.ready_ms.to_string()]);
    table.row("until it has sent the first page, ms", &[start.first_page_ms.to_string()]);
    let resident = over_http.resident_bytes as f64 / 1e6;
    table.row("resident memory while serving, MB", &[Figure(resident).to_string()]);
    let pruned = format!("deleting the oldest {} runs, runs/s", grouped(prune.runs.cast_signed()));
    table.row(pruned, &[Figure(prune.rate).to_string()]);
    table.row("page 1 meanwhile, ms", &[prune.read_ms.to_string()]);
    table.row("the longest page 1 meanwhile, ms", &[Figure(prune.longest_read_ms).to_string()]);
    table.text()
}

fn command_for(data: Data) -> String {
    let (runs, shape) = (data.runs, data.shape.file_name());
    format!("cargo xtask bench --runs {runs} --shapes {shape}")
}

fn title_case(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + characters.as_str()
}
