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
const WORKFLOW_WIDTHS: [usize; 2] = [12, 24];
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
    let took = elapsed(run.status.is_final(), run.duration, run.started_at, now);
    let id = harmless(&run.id);
    let workflow = harmless(&run.workflow_id);
    let others = TIME_WIDTH + STATE_WIDTH + DURATION_WIDTH + 4 * GAP.len() + width(&id);
    let [least, most] = WORKFLOW_WIDTHS;
    let columns = match screen.width {
        Some(columns) => columns.saturating_sub(others).clamp(least, most),
        None => width(&workflow).max(most),
    };
    let cells = [
        screen.dim(&pad(&moment(run, now), TIME_WIDTH)),
        state.paint(screen, &pad(&state.text(), STATE_WIDTH)),
        pad(&shortened(&workflow, columns), columns),
        pad(&took, DURATION_WIDTH),
        id,
    ];
    let mut text = cells.join(GAP) + "\n";
    if let Some(failure) = failure {
        let failure = harmless(failure);
        let columns = screen.width.map_or(usize::MAX, |columns| columns - TIME_WIDTH - GAP.len());
        let indent = " ".repeat(TIME_WIDTH);
        text += &format!("{indent}{GAP}{}\n", screen.dim(&shortened(&failure, columns)));
    }
    text
}

/// The line of a run that was deleted.
pub fn deleted(id: &str, screen: &Screen) -> String {
    let indent = " ".repeat(TIME_WIDTH);
    format!("{indent}{GAP}{}\n", screen.dim(&format!("deleted: {}", harmless(id))))
}

/// When the run came into its state: the time of the day in UTC, or the date if that is not today.
fn moment(run: &WorkflowRunMetadata, now: Timestamp) -> String {
    let at = run.finished_at.or(run.started_at).unwrap_or(run.created_at);
    let is_today = time(at)[..10] == time(now)[..10];
    if is_today { time_of_day(at) } else { time(at)[..10].to_owned() }
}

#[cfg(test)]
mod tests {
    use runledger_model::{Seconds, WorkflowRunStatus};

    use super::*;

    #[test]
    fn lines_have_the_same_columns() {
        let now = "2025-01-04T12:00:00Z".parse().unwrap();
        let screen = Screen { width: Some(80), color: false };
        let run = |id: &str, workflow: &str, status: WorkflowRunStatus, created: &str| {
            let created = created.parse().unwrap();
            let mut run = WorkflowRunMetadata::new(id, workflow, "v", "", "TEST", status, created);
            run.started_at = Some(created);
            run.duration = Seconds::from_micros(61_000_000).filter(|_| status.is_final());
            run
        };
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
