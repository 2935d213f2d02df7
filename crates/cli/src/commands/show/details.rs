//! A run on the screen.

use indicatif::HumanCount;
use runledger_model::{
    StepExecution, Timestamp, WorkflowRunAttempt, WorkflowRunDetail, WorkflowRunStatus,
};

use super::steps;
use crate::{
    failure,
    screen::{
        Screen, State, age, elapsed, harmless, harmless_lines, pad, shell_word, shortened, time,
        width,
    },
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

/// Number of columns of the state of an attempt.
const STATE_WIDTH: usize = 17;
/// The column of the values of a run.
const VALUE_COLUMN: usize = 14;

impl Details<'_> {
    /// The lines as they are shown if it is now `now`.
    pub fn render(&self, screen: &Screen, now: Timestamp) -> String {
        let run = self.run;
        let state = State::from(run);
        let title = screen.bold(&harmless(&run.workflow_id));
        let mut lines = vec![format!("{} {title}", state.paint(screen, &state.text()))];
        for (name, value) in facts(run, screen, now) {
            lines.push(format!("{}{value}", screen.dim(&format!("{name:VALUE_COLUMN$}"))));
        }
        if let Some(text) = &run.error {
            lines.extend([String::new(), screen.bold("Error")]);
            lines.extend(indented(text));
        }
        let failed = failure::step(run);
        if let Some(step) = failed {
            lines.push(String::new());
            lines.extend(error(step, screen));
        }
        if run.attempts.len() > 1 {
            lines.extend([String::new(), screen.bold("Attempts")]);
            lines
                .extend(run.attempts.iter().map(|attempt| attempt_line(attempt, run, screen, now)));
        }
        lines.push(String::new());
        lines.extend(steps::render(run, failed, self.shows_all_steps, screen, now));
        if screen.width.is_some() {
            lines.push(String::new());
            lines.extend(self.next_commands().iter().map(|command| screen.dim(command)));
        }
        lines.into_iter().map(|line| line.trim_end().to_owned() + "\n").collect()
    }

    /// What to type next. A name that the terminal cannot show as it is cannot be typed either.
    fn next_commands(&self) -> Vec<String> {
        let Self { run, shows_all_steps: _, source } = self;
        let is_typeable = |name: &&String| harmless(name) == **name;
        let mut commands = Vec::new();
        let id = Some(&run.id).filter(is_typeable).map(|id| shell_word(id));
        let other = run.attempts.iter().find(|other| other.attempt != run.attempt);
        if let (Some(id), Some(WorkflowRunAttempt { attempt, .. })) = (&id, other) {
            let show = "Another attempt: runledger show";
            commands.push(format!("{show} {id} --attempt {attempt}{source}"));
        }
        if let Some(workflow) = Some(&run.workflow_id).filter(is_typeable) {
            let failed = if run.status == WorkflowRunStatus::Failed { " --failed" } else { "" };
            let list = "Runs of the workflow: runledger list --workflow";
            commands.push(format!("{list} {}{failed}{source}", shell_word(workflow)));
        }
        if let Some(id) = id {
            commands.push(format!("The run as JSON: runledger show {id} --json{source}"));
        }
        commands
    }
}

/// What is known of the run, with names.
fn facts(run: &WorkflowRunDetail, screen: &Screen, now: Timestamp) -> Vec<(&'static str, String)> {
    let version = match (&*run.version_display_name, &*run.version_id) {
        ("", id) => harmless(id),
        (name, id) if name == id => harmless(id),
        (name, id) => format!("{} ({})", harmless(name), harmless(id)),
    };
    let created = format!("{}, {}", time(run.created_at), age(run.created_at, now));
    let took = elapsed(run.status.is_final(), run.duration, run.started_at, now);
    let optional = |text: &Option<String>| text.as_deref().map(harmless).unwrap_or_default();
    let heartbeat = run.heartbeat_timeout.filter(|_| !run.status.is_final());
    let heartbeat = heartbeat.map(|seconds| format!("expected within {seconds} s"));
    let facts = [
        ("Run", harmless(&run.id)),
        ("Status", run.outcome.as_ref().map(|_| run.status.to_string()).unwrap_or_default()),
        ("Type", harmless(&run.run_type)),
        ("Version", version),
        ("Triggered by", optional(&run.triggered_by)),
        ("Parent run", optional(&run.parent_id)),
        ("URL", optional(&run.url)),
        ("Created", created),
        ("Started", run.started_at.map(time).unwrap_or_default()),
        ("Finished", run.finished_at.map(time).unwrap_or_default()),
        (if run.status.is_final() { "Duration" } else { "Running" }, took),
        ("Heartbeat", heartbeat.unwrap_or_default()),
    ];
    let metadata = run.metadata.iter().map(|(key, value)| ("Metadata", pair(key, value, screen)));
    facts.into_iter().filter(|(_, value)| !value.is_empty()).chain(metadata).collect()
}

/// A pair of metadata. On a terminal, one of more than two lines is cut and has its length, so that
/// the error stays on the screen.
fn pair(key: &str, value: &str, screen: &Screen) -> String {
    let pair = format!("{}={}", harmless(key), harmless(&value.replace('\n', " ")));
    let columns = screen.width.map(|columns| 2 * (columns - VALUE_COLUMN));
    match columns.filter(|columns| width(&pair) > *columns) {
        Some(columns) => {
            let length = format!(" ({} characters)", HumanCount(value.chars().count() as u64));
            format!("{}{length}", shortened(&pair, columns - length.len()))
        }
        None => pair,
    }
}

/// The step that failed, and its error in full.
fn error(step: &StepExecution, screen: &Screen) -> Vec<String> {
    let name = harmless(&step.step_name);
    let attempt = match step.attempt {
        1 => String::new(),
        attempt => format!(", attempt {attempt}"),
    };
    let mut lines = vec![screen.bold(&format!("Failed step: {name}{attempt}"))];
    lines.extend(indented(step.error.as_deref().unwrap_or("It has no error text.")));
    lines
}

/// The lines of a text. They are not cut to the width: the terminal wraps, and what is copied is
/// whole.
fn indented(text: &str) -> impl Iterator<Item = String> {
    harmless_lines(text).into_iter().map(|line| format!("  {line}"))
}

fn attempt_line(
    attempt: &WorkflowRunAttempt,
    run: &WorkflowRunDetail,
    screen: &Screen,
    now: Timestamp,
) -> String {
    let WorkflowRunAttempt { attempt: number, status, duration, started_at, .. } = attempt;
    let state = State::from(attempt);
    // An attempt that a later one follows does not go on.
    let newest = run.attempts.last().map_or(run.attempt, |newest| newest.attempt);
    let has_ended = status.is_final() || *number < newest;
    let took = elapsed(has_ended, *duration, *started_at, now);
    let start = started_at.map(time).unwrap_or_default();
    format!(
        "  #{number}  {}  {}",
        state.paint(screen, &pad(&state.text(), STATE_WIDTH)),
        screen.dim(&format!("{took:11}  {start}"))
    )
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

    fn attempt_of(run: &WorkflowRunDetail, attempt: i32, outcome: &str) -> WorkflowRunAttempt {
        let WorkflowRunDetail { status, duration, started_at, finished_at, .. } = *run;
        let outcome = Some(outcome.to_owned());
        WorkflowRunAttempt { attempt, status, outcome, duration, started_at, finished_at }
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
    fn everything_that_a_recorder_may_say() {
        let mut run = failed_run();
        run.outcome = Some("TIMED_OUT".to_owned());
        run.error = Some("\u{1b}[1mThe job\u{1b}[0m ran longer than 2 minutes\n".to_owned());
        run.url = Some("https://engine.example/runs/456".to_owned());
        run.triggered_by = Some("jane@example.com".to_owned());
        run.parent_id = Some("run_parent".to_owned());
        let pairs = [("env", "prod"), ("team", "billing\u{7}")];
        run.metadata = pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        let [dump, first, second, pending] = &mut run.steps[..] else { panic!("four steps") };
        dump.outcome = Some("SKIPPED".to_owned());
        (first.parent_id, second.parent_id) = (Some("s1".to_owned()), Some("s1".to_owned()));
        first.iteration = Some(7);
        pending.status = StepStatus::Failed;
        pending.outcome = Some("UPSTREAM_FAILED".to_owned());
        pending.finished_at = Some(at("12:03:00"));
        run.attempt = 2;
        run.attempts = [(1, "CRASHED"), (2, "TIMED_OUT")]
            .map(|(attempt, outcome)| attempt_of(&run, attempt, outcome))
            .into();
        insta::assert_snapshot!(render(&run, false, &PLAIN));
    }

    #[test]
    fn a_step_without_an_end_took_until_the_end_of_its_run() {
        let mut run = failed_run();
        let mut open = step("s5", "left open", StepStatus::Running, "12:02:00");
        (open.finished_at, open.duration) = (None, Seconds::default());
        let mut timed = step("s6", "timed", StepStatus::Running, "12:02:00");
        timed.finished_at = None;
        run.steps = vec![open, timed];
        let text = render(&run, false, &PLAIN);
        let took = |name: &str| {
            let line = text.lines().find(|line| line.contains(name)).unwrap();
            line.split_once(&format!("{name} (no end)"))
                .unwrap()
                .1
                .split("  ")
                .find(|cell| !cell.is_empty())
                .unwrap()
        };
        assert_eq!([took("left open"), took("timed")], ["6 s", "1.2 s"], "{text}");
        run.finished_at = None;
        let text = render(&run, false, &PLAIN);
        let line = text.lines().find(|line| line.contains("left open")).unwrap();
        assert!(
            line.split_whitespace().eq(["●", "left", "open", "(no", "end)", "12:02:00"]),
            "{text}"
        );
    }

    #[test]
    fn a_name_that_cannot_be_typed_is_in_no_command() {
        let mut run = failed_run();
        run.workflow_id = "a\u{202E}b".to_owned();
        run.metadata = [("k".to_owned(), "one\ntwo".to_owned())].into();
        let text = render(&run, false, &PLAIN);
        assert!(
            !text.contains("runledger list") && text.contains("runledger show run_a"),
            "{text}"
        );
        assert!(text.contains("k=one two"), "{text}");
    }

    #[test]
    fn a_long_value_is_cut_on_a_terminal_only() {
        let mut run = failed_run();
        run.metadata = [("k".to_owned(), "é".repeat(1600))].into();
        let line = |width| {
            let text = render(&run, false, &Screen { width, color: false });
            text.lines().find_map(|line| line.strip_prefix("Metadata      ").map(str::to_owned))
        };
        let cut = line(Some(80)).unwrap();
        assert!(cut.ends_with("é… (1,600 characters)") && width(&cut) == 2 * 66, "{cut}");
        assert_eq!(line(None).unwrap(), format!("k={}", "é".repeat(1600)));
        run.metadata = [("k".to_owned(), "é".repeat(130))].into();
        let text = render(&run, false, &PLAIN);
        assert!(text.contains(&run.metadata["k"]), "{text}");
    }

    #[test]
    fn without_a_failed_step_the_reason_is_the_error_of_the_run() {
        let mut run = failed_run();
        run.steps.clear();
        run.error = Some("\n exit status 1\n".to_owned());
        assert_eq!(failure::reason(&run).as_deref(), Some("exit status 1"));
        run.steps.push(step("s1", "copy", StepStatus::Failed, "12:00:01"));
        assert_eq!(failure::reason(&run).as_deref(), Some("copy: exit status 1"));
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
