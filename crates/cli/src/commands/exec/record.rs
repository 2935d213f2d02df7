//! A command as a run with one step.

use std::{env, ffi::OsString, path::Path, time::Duration};

use nix::unistd::{Uid, gethostname};
use runledger_model::{
    Seconds, StepExecution, StepStatus, StepType, Timestamp, WorkflowRunDetail,
    WorkflowRunMetadata, WorkflowRunStatus,
    limits::{MAX_ERROR_CHARACTERS, MAX_ID_CHARACTERS, MAX_METADATA_VALUE_CHARACTERS},
};
use uuid::Uuid;

use super::{child::End, command_line::quoted, heartbeat::HeartbeatTimeout, termination::Meaning};

/// What is recorded of a command besides its outcome.
pub struct Contents {
    /// Time after which the server ends the run if it does not hear of it.
    pub heartbeat_timeout: HeartbeatTimeout,
    /// Whether the arguments of the command are recorded.
    pub has_arguments: bool,
}

/// The run of a command.
pub struct Record {
    run: WorkflowRunDetail,
}

impl Record {
    /// The run of a command that has not started.
    pub fn new(workflow: String, command: &[OsString], contents: &Contents) -> Self {
        let Contents { heartbeat_timeout, has_arguments } = *contents;
        let program = command.first().map(Path::new).and_then(Path::file_name).unwrap_or_default();
        let program = short(&program.to_string_lossy()).unwrap_or_else(|| "command".to_owned());
        let created_at = Timestamp::now();
        let (piece, pending) = (StepType::Piece, StepStatus::Pending);
        let mut step = StepExecution::new("command", &program, piece, pending, created_at);
        if has_arguments {
            let line = quoted(command.iter().map(OsString::as_os_str));
            step.metadata.insert("command".to_owned(), beginning(&line));
        }
        let id = new_id();
        let (version, name, status) = (&program, &program, WorkflowRunStatus::Pending);
        let mut run =
            WorkflowRunMetadata::new(id, workflow, version, name, "COMMAND", status, created_at);
        run.heartbeat_timeout = heartbeat_timeout.seconds();
        run.triggered_by = short(&user());
        let host = gethostname().ok().and_then(|host| short(&host.to_string_lossy()));
        run.metadata.extend(host.map(|host| ("host".to_owned(), host)));
        Self { run: run.with_steps(vec![step]) }
    }

    /// The run before the command starts.
    pub fn pending(&self) -> WorkflowRunDetail {
        self.run.clone()
    }

    /// The run once the command has started as this process.
    pub fn started(&mut self, process: Option<u32>) -> WorkflowRunDetail {
        let now = Timestamp::now();
        self.run.status = WorkflowRunStatus::Running;
        self.run.started_at = Some(now);
        let step = &mut self.run.steps[0];
        step.status = StepStatus::Running;
        step.started_at = Some(now);
        step.metadata.extend(process.map(|process| ("pid".to_owned(), process.to_string())));
        self.run.clone()
    }

    /// The run once the command has ended.
    pub fn ended(mut self, end: &End) -> WorkflowRunDetail {
        let (status, outcome, step_outcome) = match end.termination.meaning() {
            Meaning::Succeeded => (WorkflowRunStatus::Succeeded, None, None),
            Meaning::Failed => (WorkflowRunStatus::Failed, None, None),
            Meaning::Crashed => (WorkflowRunStatus::Failed, Some("CRASHED"), Some("CRASHED")),
            Meaning::Stopped => (WorkflowRunStatus::Cancelled, None, Some("CANCELLED")),
        };
        self.run.outcome = outcome.map(str::to_owned);
        let step = &mut self.run.steps[0];
        step.outcome = step_outcome.map(str::to_owned);
        let stdout = end.stdout.as_deref().map(ending);
        step.metadata.extend(stdout.map(|stdout| ("stdout".to_owned(), stdout)));
        let error = (status != WorkflowRunStatus::Succeeded)
            .then(|| error_text(&end.stderr, &end.termination.to_string()));
        self.finished(end.time, end.elapsed, status, error)
    }

    /// The run of a command that could not be started.
    pub fn not_started(self, error: &str) -> WorkflowRunDetail {
        let (now, error) = (Timestamp::now(), Some(error_text("", error)));
        self.finished(now, Duration::ZERO, WorkflowRunStatus::Failed, error)
    }

    fn finished(
        self,
        time: Timestamp,
        elapsed: Duration,
        status: WorkflowRunStatus,
        error: Option<String>,
    ) -> WorkflowRunDetail {
        let mut run = self.run;
        let duration = i64::try_from(elapsed.as_micros()).ok().and_then(Seconds::from_micros);
        let finished_at = finish_time(run.started_at, elapsed, time);
        let succeeded = status == WorkflowRunStatus::Succeeded;
        run.status = status;
        run.duration = duration;
        run.finished_at = Some(finished_at);
        let step = &mut run.steps[0];
        step.status = if succeeded { StepStatus::Succeeded } else { StepStatus::Failed };
        step.error = error;
        step.duration = duration.unwrap_or_default();
        step.finished_at = Some(finished_at);
        run
    }
}

/// The user of this process. The variables need no look-up, which may block for long.
fn user() -> String {
    let name = ["LOGNAME", "USER"].into_iter().find_map(|name| env::var(name).ok());
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| format!("uid {}", Uid::effective()))
}

/// The time of the system clock at the end, unless the clock was set back to before the start.
fn finish_time(start: Option<Timestamp>, elapsed: Duration, end: Timestamp) -> Timestamp {
    let Some(start) = start.filter(|start| *start > end) else { return end };
    let millis = i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(start.millis().saturating_add(millis)).unwrap_or(start)
}

/// A text as a name of the API; `None` if nothing of it is left.
fn short(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| !c.is_control()).take(MAX_ID_CHARACTERS).collect();
    Some(text).filter(|text| !text.is_empty())
}

/// The beginning of a text as a value of metadata.
fn beginning(text: &str) -> String {
    if text.chars().count() <= MAX_METADATA_VALUE_CHARACTERS {
        return text.to_owned();
    }
    text.chars().take(MAX_METADATA_VALUE_CHARACTERS - 1).chain(['…']).collect()
}

/// The end of a text as a value of metadata.
fn ending(text: &str) -> String {
    let text = without_nul(text);
    let text = text.trim_end();
    let excess = text.chars().count().saturating_sub(MAX_METADATA_VALUE_CHARACTERS);
    text.chars().skip(excess).collect()
}

/// The end of standard error followed by the reason, within the API's limit on characters.
fn error_text(stderr: &str, reason: &str) -> String {
    let stderr = without_nul(stderr);
    let stderr = stderr.trim_end();
    let reason = if stderr.is_empty() { reason.to_owned() } else { format!("\n({reason})") };
    let available = MAX_ERROR_CHARACTERS - reason.chars().count();
    let skipped = stderr.chars().count().saturating_sub(available);
    stderr.chars().skip(skipped).chain(reason.chars()).collect()
}

fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// An id that sorts by time and is short enough for a line of a list: the time in milliseconds,
/// and 48 random bits.
fn new_id() -> String {
    let uuid = Uuid::now_v7().simple().to_string();
    let (time, random) = (&uuid[..12], &uuid[uuid.len() - 12..]);
    format!("exec_{time}{random}")
}

#[cfg(test)]
mod tests {
    use std::{os::unix::process::ExitStatusExt, process::ExitStatus};

    use nix::sys::signal::Signal;

    use super::{super::termination::Termination, *};

    fn record(has_arguments: bool) -> Record {
        let heartbeat_timeout = HeartbeatTimeout::parse("3min").unwrap();
        let command = ["/bin/sh".into(), "-c".into(), "secret ".repeat(1000).into()];
        Record::new("w".into(), &command, &Contents { heartbeat_timeout, has_arguments })
    }

    /// The end of a command with this status, after this process received these signals.
    fn end(status: i32, received: &[Signal], output: &str) -> End {
        End {
            termination: Termination::new(ExitStatus::from_raw(status), received),
            time: Timestamp::now(),
            elapsed: Duration::from_micros(1_500_001),
            stderr: output.to_owned(),
            stdout: Some(output.to_owned()),
        }
    }

    #[test]
    fn the_api_accepts_every_state() {
        let mut running = record(false);
        let states = [
            running.started(Some(7)),
            record(true).not_started("No such file"),
            running.ended(&end(3 << 8, &[], &"é\0".repeat(100_000))),
            record(true).ended(&end(0, &[], "")),
            record(false).ended(&end(9, &[], "")),
            record(false).ended(&end(15, &[Signal::SIGTERM], "")),
        ];
        for state in &states {
            let json = serde_json::to_vec(state).unwrap();
            let accepted = runledger_model::WorkflowRunInput::from_json(&json)
                .and_then(|run| run.into_run(None))
                .unwrap();
            assert_eq!(accepted, *state);
            let has_arguments = state.steps[0].metadata.contains_key("command");
            assert_eq!(String::from_utf8(json).unwrap().contains("secret"), has_arguments);
        }
        let [started, _, failed, succeeded, crashed, stopped] = &states;
        assert_eq!((&started.id, started.heartbeat_timeout), (&failed.id, Some(180)));
        assert_eq!(started.steps[0].metadata["pid"], "7");
        assert_eq!(failed.duration.unwrap().micros(), 1_500_001);
        assert!(failed.steps[0].error.as_ref().unwrap().ends_with("\n(exit code 3)"));
        assert_eq!(failed.steps[0].metadata["stdout"], "é\u{fffd}".repeat(512));
        assert_eq!(succeeded.steps[0].metadata["command"].chars().count(), 1024);
        let outcomes = |run: &WorkflowRunDetail| (run.status, run.outcome.clone());
        let outcome = Some("CRASHED".to_owned());
        assert_eq!(outcomes(crashed), (WorkflowRunStatus::Failed, outcome.clone()));
        assert_eq!(crashed.steps[0].outcome, outcome);
        assert_eq!(outcomes(stopped), (WorkflowRunStatus::Cancelled, None));
        assert_eq!(stopped.steps[0].outcome.as_deref(), Some("CANCELLED"));
    }

    #[test]
    fn the_system_clock_does_not_change_the_duration() {
        for (millis, finished_after) in [(-3_600_000, 1_500), (3_600_000, 3_600_000)] {
            let mut record = record(false);
            let started_at = record.started(None).started_at.unwrap();
            let mut end = end(0, &[], "");
            end.time = Timestamp::from_millis(started_at.millis() + millis).unwrap();
            let run = record.ended(&end);
            assert_eq!(run.duration.unwrap().micros(), 1_500_001);
            let finished_at = run.finished_at.unwrap();
            assert_eq!(finished_at.millis() - started_at.millis(), finished_after);
        }
    }
}
