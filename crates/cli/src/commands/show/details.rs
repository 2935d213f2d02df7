//! A run on the screen.

use runledger_model::{StepExecution, Timestamp, WorkflowRunDetail, WorkflowRunStatus};

use super::steps;
use crate::{
    failure,
    screen::{RunState, Screen, age, elapsed, harmless, harmless_lines, shell_word, time},
};

/// A run to show.
pub struct Details<'a> {
    /// The run.
    pub run: &'a WorkflowRunDetail,
    /// Whether every step has a line of its own.
    pub shows_all_steps: bool,
    /// The options that name the ledger, for the commands to type next; begins with a space.
    pub source: &'a str,
}

/// The column of the values of a run.
const VALUE_COLUMN: usize = 11;

impl Details<'_> {
    /// The lines as they are shown if it is now `now`.
    pub fn render(&self, screen: &Screen, now: Timestamp) -> String {
        let run = self.run;
        let state = RunState(run.status);
        let title = screen.bold(&harmless(&run.workflow_id));
        let mut lines = vec![format!("{} {title}", state.paint(screen, &state.text()))];
        for (name, value) in facts(run, now) {
            lines.push(format!("{}{value}", screen.dim(&format!("{name:VALUE_COLUMN$}"))));
        }
        let failed = failure::step(run);
        if let Some(step) = failed {
            lines.push(String::new());
            lines.extend(error(step, screen));
        }
        lines.push(String::new());
        lines.extend(steps::render(run, failed, self.shows_all_steps, screen, now));
        if screen.width.is_some() {
            lines.push(String::new());
            lines.extend(self.next_commands().iter().map(|command| screen.dim(command)));
        }
        lines.into_iter().map(|line| line.trim_end().to_owned() + "\n").collect()
    }

    /// What to type next.
    fn next_commands(&self) -> [String; 2] {
        let Self { run, shows_all_steps: _, source } = self;
        let [id, workflow] = [&run.id, &run.workflow_id].map(|text| shell_word(text));
        let failed = if run.status == WorkflowRunStatus::Failed { " --failed" } else { "" };
        [
            format!("Runs of the workflow: runledger list --workflow {workflow}{failed}{source}"),
            format!("The run as JSON: runledger show {id} --json{source}"),
        ]
    }
}

/// What is known of the run, with names.
fn facts(run: &WorkflowRunDetail, now: Timestamp) -> Vec<(&'static str, String)> {
    let version = match (&*run.version_display_name, &*run.version_id) {
        ("", id) => harmless(id),
        (name, id) => format!("{} ({})", harmless(name), harmless(id)),
    };
    let created = format!("{}, {}", time(run.created_at), age(run.created_at, now));
    let took = elapsed(run.status.is_final(), run.duration, run.started_at, now);
    let facts = [
        ("Run", harmless(&run.id)),
        ("Type", harmless(&run.run_type)),
        ("Version", version),
        ("Created", created),
        ("Started", run.started_at.map(time).unwrap_or_default()),
        ("Finished", run.finished_at.map(time).unwrap_or_default()),
        (if run.status.is_final() { "Duration" } else { "Running" }, took),
    ];
    facts.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

/// The step that failed, and its error in full.
fn error(step: &StepExecution, screen: &Screen) -> Vec<String> {
    let name = harmless(&step.step_name);
    let attempt = match step.attempt {
        1 => String::new(),
        attempt => format!(", attempt {attempt}"),
    };
    let mut lines = vec![screen.bold(&format!("Failed step: {name}{attempt}"))];
    let text = step.error.as_deref().unwrap_or("It has no error text.");
    // Not cut to the width: the terminal wraps, and what is copied is whole.
    lines.extend(harmless_lines(text).into_iter().map(|line| format!("  {line}")));
    lines
}

#[cfg(test)]
mod tests {
    use runledger_model::{Seconds, StepStatus, StepType, WorkflowRunMetadata};

    use super::*;

    const PLAIN: Screen = Screen { width: Some(80), color: false };
    const LAST_LINE: &str =
        "OSError: [Errno 28] No space left on device: '/backup/2025-01-04/database.sql.gz.part'";

    fn at(time: &str) -> Timestamp {
        format!("2025-01-04T{time}Z").parse().unwrap()
    }

    fn step(id: &str, name: &str, status: StepStatus, start: &str) -> StepExecution {
        let mut step = StepExecution::new(id, name, StepType::Piece, status, at(start));
        step.started_at = Some(at(start));
        step.finished_at = Some(at(start));
        step.duration = Seconds::from_micros(1_250_000).unwrap();
        step
    }

    fn failed_run() -> WorkflowRunDetail {
        let (status, created) = (WorkflowRunStatus::Failed, at("12:00:00"));
        let (workflow, version) = ("nightly backup", "Nightly");
        let mut run =
            WorkflowRunMetadata::new("run_a", workflow, "v7", version, "SCHEDULE", status, created);
        run.started_at = Some(at("12:00:01"));
        run.finished_at = Some(at("12:02:06"));
        run.duration = Seconds::from_micros(125_000_000);
        let mut first = step("s2", "copy", StepStatus::Failed, "12:00:04");
        first.error = Some("\n  timeout after 30 s\nsecond line".to_owned());
        let mut second = step("s3", "copy", StepStatus::Failed, "12:01:04");
        second.attempt = 2;
        let frames = "\u{1b}[31mTraceback\u{1b}[0m (most recent call last):\r\n\tFile \"copy.py\"";
        second.error = Some(format!("{frames}\n{LAST_LINE}"));
        let mut pending = step("s4", "日本語の名前", StepStatus::Pending, "12:01:04");
        pending.started_at = None;
        let dump = step("s1", "dump", StepStatus::Succeeded, "12:00:01");
        run.with_steps(vec![dump, first, second, pending])
    }

    fn render(run: &WorkflowRunDetail, shows_all_steps: bool, screen: &Screen) -> String {
        let details = Details { run, shows_all_steps, source: " --tenant acme" };
        details.render(screen, at("12:10:00"))
    }

    #[test]
    fn a_failed_run_begins_with_the_error() {
        insta::assert_snapshot!(render(&failed_run(), false, &PLAIN));
    }

    #[test]
    fn a_running_run_without_steps() {
        let mut run = failed_run();
        run.status = WorkflowRunStatus::Running;
        (run.duration, run.finished_at) = (None, None);
        run.version_display_name.clear();
        run.steps.clear();
        insta::assert_snapshot!(render(&run, false, &PLAIN));
    }

    #[test]
    fn steps_that_succeeded_are_summarized_if_there_are_many() {
        let mut run = failed_run();
        let part = |n| step(&format!("m{n}"), "part", StepStatus::Succeeded, "12:00:02");
        run.steps.splice(1..1, (0..200).map(part));
        let text = render(&run, false, &PLAIN);
        assert!(text.contains("✓ 201 steps succeeded\n✗ copy"), "{text}");
        assert_eq!(render(&run, true, &PLAIN).matches("✓ part").count(), 200);
    }

    #[test]
    fn a_failed_attempt_of_a_step_that_succeeded_later_is_not_the_reason() {
        let mut run = failed_run();
        run.steps[2].status = StepStatus::Succeeded;
        run.steps[2].error = None;
        assert_eq!(failure::reason(&run), None);
        run.steps.push(step("s5", "upload", StepStatus::Failed, "12:02:00"));
        assert_eq!(failure::reason(&run).as_deref(), Some("upload"));
        run.status = WorkflowRunStatus::Succeeded;
        assert_eq!(failure::reason(&run), None);
    }

    #[test]
    fn elsewhere_nothing_is_shortened_or_added() {
        let text = render(&failed_run(), false, &Screen { width: None, color: false });
        assert!(text.contains(&format!("  {LAST_LINE}\n")), "{text}");
        assert!(!text.contains("runledger list"), "{text}");
    }
}
