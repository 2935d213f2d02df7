//! Runs as a table.

use runledger_model::{Timestamp, WorkflowRunMetadata};

use super::{Screen, State, elapsed, harmless, pad, shortened, span, width};

/// A run of a table.
pub struct Row {
    /// The run.
    pub run: WorkflowRunMetadata,
    /// A line below it. It is shown as it is, so it must be harmless.
    pub note: Option<String>,
}

const HEADINGS: [&str; 5] = ["STATUS", "WORKFLOW", "DURATION", "AGE", "ID"];
/// The positions of two columns.
const WORKFLOW: usize = 1;
const ID: usize = 4;
/// The widest that a state is on a terminal: an outcome may have 64 characters.
const MAX_STATE_WIDTH: usize = 24;
/// Number of columns between two cells.
const GAP: usize = 2;
/// The narrowest that the column of workflows becomes: its heading is as wide.
const MIN_WORKFLOW_WIDTH: usize = 8;
/// The indentation of a second line.
pub const INDENT: &str = "  ";

/// The heading and the runs as they are shown if it is now `now`. Where the columns do not fit, the
/// id of a run has a line of its own; it is never shortened, because it is copied.
pub fn table(rows: &[Row], screen: &Screen, now: Timestamp) -> Vec<String> {
    let mut cells: Vec<_> = rows.iter().map(|row| cells(&row.run, now)).collect();
    if screen.width.is_some() {
        for [state, ..] in &mut cells {
            *state = shortened(state, MAX_STATE_WIDTH);
        }
    }
    let mut widths = HEADINGS.map(width);
    for row in &cells {
        for (column, cell) in widths.iter_mut().zip(row) {
            *column = width(cell).max(*column);
        }
    }
    let mut columns = widths.len();
    if let Some(available) = screen.width {
        if least(&widths) > available {
            columns = ID;
        }
        let left = available.saturating_sub(least(&widths[..columns]));
        widths[WORKFLOW] = widths[WORKFLOW].min(MIN_WORKFLOW_WIDTH + left);
    }
    let widths = &widths[..columns];
    let headings = HEADINGS.map(str::to_owned);
    let mut lines = vec![screen.dim(line(&headings, widths).trim_end())];
    for (row, cells) in rows.iter().zip(&cells) {
        let text = line(cells, widths);
        // The first cell has the color; its padding must not.
        let state = State::from(&row.run).paint(screen, &cells[0]);
        lines.push(format!("{state}{}", &text[cells[0].len()..]));
        lines.extend(cells[columns..].iter().map(|cell| format!("{INDENT}{cell}")));
        lines.extend(row.note.iter().map(|note| screen.dim(&format!("{INDENT}{note}"))));
    }
    lines
}

fn cells(run: &WorkflowRunMetadata, now: Timestamp) -> [String; 5] {
    [
        State::from(run).text(),
        harmless(&run.workflow_id),
        elapsed(run.status.is_final(), run.duration, run.started_at, now),
        span(run.created_at, now),
        harmless(&run.id),
    ]
}

/// The least width of a line with these columns.
fn least(widths: &[usize]) -> usize {
    let cells = widths.iter().sum::<usize>() - widths[WORKFLOW] + MIN_WORKFLOW_WIDTH;
    cells + GAP * (widths.len() - 1)
}

/// The first cells, as many as there are widths.
fn line(cells: &[String; 5], widths: &[usize]) -> String {
    let cells = cells.iter().zip(widths);
    let cells = cells.map(|(cell, &columns)| pad(&shortened(cell, columns), columns));
    cells.collect::<Vec<_>>().join(&" ".repeat(GAP))
}
