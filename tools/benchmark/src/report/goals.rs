//! The goals, and what was measured.

use super::{
    results::{LedgerReport, Report},
    tables::Table,
};
use crate::{
    measure::Order,
    reads::PAGE_1,
    statistics::{Figure, grouped},
};

/// A goal and the figure that was measured for it.
struct Goal {
    text: String,
    /// What the figure must be.
    bound: Bound,
    figure: f64,
    unit: &'static str,
    /// Where the figure is from.
    source: String,
}

enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

/// The table of goals.
pub fn table(report: &Report) -> String {
    let mut goals = Vec::new();
    for ledger in report.largest() {
        goals.extend(of_ledger(ledger));
    }
    goals.extend(of_recording(report));
    let mut table = Table::new(&["goal", "must be", "measured", "reached", "for"]);
    for Goal { text, bound, figure, unit, source } in goals {
        let (reached, bound) = match bound {
            Bound::AtMost(most) => (figure <= most, format!("at most {}{unit}", Figure(most))),
            Bound::AtLeast(least) => (figure >= least, format!("at least {}{unit}", Figure(least))),
        };
        let reached = if reached { "yes" } else { "no" };
        table.row(text, &[bound, format!("{}{unit}", Figure(figure)), reached.into(), source]);
    }
    table.text()
}

fn of_ledger(ledger: &LedgerReport) -> Vec<Goal> {
    let LedgerReport { data, bytes, in_process, start, over_http, prune: _ } = ledger;
    let place = format!("{} runs, {}", grouped(data.runs.cast_signed()), data.shape);
    let goal = |text: &str, bound, figure, unit| {
        let (text, source) = (text.to_owned(), place.clone());
        Goal { text, bound, figure, unit, source }
    };
    let page_1 = in_process.page_1();
    let pages = in_process.rows.iter().filter(|row| row.kind.is_page);
    let slowest = pages.max_by(|a, b| a.ours.median.total_cmp(&b.ours.median));
    let mut goals = Vec::new();
    if let Some(slowest) = slowest {
        let ratio = slowest.ours.median / page_1.ours.median;
        let source = format!("{place}: {}", slowest.kind.name);
        let text = "the slowest page, filter or range, divided by page 1".into();
        goals.push(Goal { text, bound: Bound::AtMost(2.0), figure: ratio, unit: "", source });
    }
    if let Some(rows_only) = &page_1.rows_only {
        let ratio = page_1.ours.median / rows_only.median;
        let text = "page 1 with totals, divided by the prepared statement for its rows";
        goals.push(goal(text, Bound::AtMost(3.0), ratio, ""));
    }
    let http = |name: &str, connections: usize| {
        let row = over_http.rows.iter().find(|row| row.name == name)?;
        let cell = row.cells.iter().find(|cell| cell.connections == connections)?;
        Some(cell.ratio.median)
    };
    let many = over_http.rows.iter().flat_map(|row| &row.cells).map(|cell| cell.connections);
    let many = many.max().unwrap_or(1);
    for (name, least) in [
        (PAGE_1.to_owned(), 0.17),
        (format!("{PAGE_1}, unchanged"), 0.7),
        (format!("{PAGE_1}, unchanged, with If-None-Match"), 0.8),
    ] {
        let text = format!("{many} connections: {name}, divided by static bytes");
        let ratio = http(&name, many).map(|it| goal(&text, Bound::AtLeast(least), it, ""));
        goals.extend(ratio);
    }
    if let Some(ratio) = http(PAGE_1, 1) {
        let text = "one connection: the time of page 1, divided by that of static bytes";
        goals.push(goal(text, Bound::AtMost(2.0), 1.0 / ratio, ""));
    }
    goals.push(goal("disk for a run", Bound::AtMost(200.0), bytes.per_run, " bytes"));
    goals.push(goal("disk for a step", Bound::AtMost(120.0), bytes.per_step, " bytes"));
    let resident = over_http.resident_bytes as f64 / 1e6;
    goals.push(goal("resident memory while serving", Bound::AtMost(100.0), resident, " MB"));
    let ready = start.ready_ms.median;
    goals.push(goal("from the start until ready", Bound::AtMost(200.0), ready, " ms"));
    goals
}

fn of_recording(report: &Report) -> Vec<Goal> {
    let mut goals = Vec::new();
    if let Some(recording) = report.recordings.iter().max_by_key(|recording| recording.runs) {
        let source = format!("{} runs", grouped(recording.runs.cast_signed()));
        goals.extend(recording.rows.iter().map(|row| Goal {
            text: format!("batches of 1,000 {}, divided by the bare table", row.order),
            bound: Bound::AtLeast(if row.order == Order::Time { 0.7 } else { 0.5 }),
            figure: row.ratio,
            unit: "",
            source: source.clone(),
        }));
    }
    goals.push(Goal {
        text: "single recordings from 64 connections, divided by those from one".into(),
        bound: Bound::AtLeast(20.0),
        figure: report.single_recordings.ratio.median,
        unit: "",
        source: "a new file".into(),
    });
    goals
}
