//! The lines for one change.

use runledger_model::{Timestamp, WorkflowRunMetadata};

use crate::screen::{Screen, State, elapsed, harmless, pad, shortened, time, time_of_day, width};

/// Number of columns of the time, which is a date of another day.
const TIME_WIDTH: usize = 10;
/// Number of columns of the state.
const STATE_WIDTH: usize = 11;
/// Number of columns of the duration.
const DURATION_WIDTH: usize = 11;
/// The narrowest and the widest that the workflow becomes. It is the same for all lines, as far as
/// the ids leave space.
const WORKFLOW_WIDTHS: [usize; 2] = [8, 24];
/// The text between two columns.
const GAP: &str = "  ";

/// The line of a run, and a second one if it failed for this reason.
pub fn of_run(
    run: &WorkflowRunMetadata,
    failure: Option<&str>,
    screen: &Screen,
    now: Timestamp,
) -> String {
    let state = State::from(run);
    let state_text = state.text();
    let took = elapsed(run.status.is_final(), run.duration, run.started_at, now);
    let id = harmless(&run.id);
    let workflow = harmless(&run.workflow_id);
    let state_width = width(&state_text).max(STATE_WIDTH);
    let others = TIME_WIDTH + state_width + DURATION_WIDTH + 3 * GAP.len();
    let with_id = others + GAP.len() + width(&id);
    let [least, most] = WORKFLOW_WIDTHS;
    // An id is never shortened, because it is copied. If need be, it has a line of its own.
    let is_one_line = screen.width.is_none_or(|columns| with_id + least <= columns);
    let others = if is_one_line { with_id } else { others };
    let columns = match screen.width {
        Some(columns) => columns.saturating_sub(others).clamp(least, most),
        None => width(&workflow).max(most),
    };
    let cells = [
        screen.dim(&pad(&moment(run, now), TIME_WIDTH)),
        state.paint(screen, &pad(&state_text, state_width)),
        pad(&shortened(&workflow, columns), columns),
        pad(&took, DURATION_WIDTH),
    ];
    let cells = cells.join(GAP);
    let indent = " ".repeat(TIME_WIDTH) + GAP;
    let mut text = match is_one_line {
        true => format!("{cells}{GAP}{id}\n"),
        false => format!("{}\n{indent}{id}\n", cells.trim_end()),
    };
    if let Some(failure) = failure {
        let failure = screen.fitted(&harmless(failure), indent.len());
        text += &format!("{indent}{}\n", screen.dim(&failure));
    }
    text
}

/// The line of a run that was deleted.
pub fn deleted(id: &str, screen: &Screen) -> String {
    let indent = " ".repeat(TIME_WIDTH);
    format!("{indent}{GAP}{}\n", screen.dim(&format!("deleted: {}", harmless(id))))
}

/// When the run ended, or else started, or else was created: the time of the day in UTC, or the
/// date if that is not today.
fn moment(run: &WorkflowRunMetadata, now: Timestamp) -> String {
    let at = run.finished_at.or(run.started_at).unwrap_or(run.created_at);
    let is_today = time(at)[..10] == time(now)[..10];
    if is_today { time_of_day(at) } else { time(at)[..10].to_owned() }
}

#[cfg(test)]
mod tests {
    use runledger_model::{Seconds, WorkflowRunStatus};

    use super::*;

    /// A run that has ended or been running for 61 seconds.
    fn run(
        id: &str,
        workflow: &str,
        status: WorkflowRunStatus,
        created: &str,
    ) -> WorkflowRunMetadata {
        let created = created.parse().unwrap();
        let mut run = WorkflowRunMetadata::new(id, workflow, "v", "", "TEST", status, created);
        run.started_at = Some(created);
        run.duration = Seconds::from_micros(61_000_000).filter(|_| status.is_final());
        run
    }

    #[test]
    fn an_id_of_exec_fits_80_columns_and_a_longer_one_has_a_line_of_its_own() {
        let now = "2025-01-04T12:00:00Z".parse().unwrap();
        let text = |id: &str, columns| {
            let screen = Screen { width: Some(columns), color: false };
            let run = run(id, "nightly-backup", WorkflowRunStatus::Failed, "2025-01-04T11:58:00Z");
            of_run(&run, None, &screen, now)
        };
        let id = "exec_0198c5b0a3f29b1c2d3e4f50";
        let (start, end) = ("11:58:00    ✗ FAILED     nightly", "1 min 1 s");
        assert_eq!(text(id, 80), format!("{start}-ba…  {end}    {id}\n"));
        assert_eq!(text(id, 60), format!("{start}-backup          {end}\n            {id}\n"));
        assert_eq!(text(id, 40), format!("{start}…  {end}\n            {id}\n"));
        let mut run = run(id, "nightly-backup", WorkflowRunStatus::Failed, "2025-01-04T11:58:00Z");
        run.outcome = Some("TIMED_OUT".to_owned());
        let screen = Screen { width: Some(80), color: false };
        assert_eq!(width(of_run(&run, None, &screen, now).trim_end()), 80);
    }

    #[test]
    fn lines_have_the_same_columns() {
        let now = "2025-01-04T12:00:00Z".parse().unwrap();
        let screen = Screen { width: Some(80), color: false };
        let (running, failed) = (WorkflowRunStatus::Running, WorkflowRunStatus::Failed);
        let today = "2025-01-04T11:58:00Z";
        let names = "a-workflow-with-a-long-name";
        let text = [
            of_run(&run("run_1", "backup", running, "2025-01-03T23:59:59Z"), None, &screen, now),
            of_run(&run("run_2", names, failed, today), Some("copy: no\u{7} space"), &screen, now),
            of_run(&run("run_2", "夜間バックアップ", running, today), None, &screen, now),
            deleted("run_3", &screen),
        ];
        insta::assert_snapshot!(text.concat());
    }
}
