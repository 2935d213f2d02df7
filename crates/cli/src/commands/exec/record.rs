//! A command as a run with one step.

use std::{ffi::OsString, path::Path, time::Duration};

use runledger_model::{
    Seconds, StepExecution, StepStatus, StepType, Timestamp, WorkflowRunDetail,
    WorkflowRunMetadata, WorkflowRunStatus,
};
use uuid::Uuid;

use super::{child::End, termination::Meaning};

/// The run of a command.
pub struct Record {
    run: WorkflowRunDetail,
}

impl Record {
    /// The run of a command that has not started.
    pub fn new(workflow: String, command: &[OsString]) -> Self {
        // Only the name of the program is recorded: arguments may be secrets.
        let program = command.first().map(Path::new).and_then(Path::file_name).unwrap_or_default();
        let program: String =
            program.to_string_lossy().chars().filter(|c| !c.is_control()).take(255).collect();
        let program = if program.is_empty() { "command".to_owned() } else { program };
        let created_at = Timestamp::now();
        let (piece, pending) = (StepType::Piece, StepStatus::Pending);
        let step = StepExecution::new("command", &program, piece, pending, created_at);
        let id = format!("exec_{}", Uuid::now_v7().simple());
        let (version, name, status) = (&program, &program, WorkflowRunStatus::Pending);
        let run =
            WorkflowRunMetadata::new(id, workflow, version, name, "COMMAND", status, created_at);
        Self { run: run.with_steps(vec![step]) }
    }

    /// The run once the command has started.
    pub fn started(&mut self) -> WorkflowRunDetail {
        let now = Timestamp::now();
        self.run.status = WorkflowRunStatus::Running;
        self.run.started_at = Some(now);
        let step = &mut self.run.steps[0];
        step.status = StepStatus::Running;
        step.started_at = Some(now);
        self.run.clone()
    }

    /// The run once the command has ended.
    pub fn ended(self, end: &End) -> WorkflowRunDetail {
        let status = match end.termination.meaning() {
            Meaning::Succeeded => WorkflowRunStatus::Succeeded,
            Meaning::Failed | Meaning::Crashed => WorkflowRunStatus::Failed,
            Meaning::Stopped => WorkflowRunStatus::Cancelled,
        };
        let error = (status != WorkflowRunStatus::Succeeded)
            .then(|| error_text(&end.outputs.stderr.tail(), &end.termination.to_string()));
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

/// The time of the system clock at the end, unless the clock was set back to before the start.
fn finish_time(start: Option<Timestamp>, elapsed: Duration, end: Timestamp) -> Timestamp {
    let Some(start) = start.filter(|start| *start > end) else { return end };
    let millis = i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(start.millis().saturating_add(millis)).unwrap_or(start)
}

/// The end of standard error followed by the reason, within the API's limit on characters.
fn error_text(stderr: &str, reason: &str) -> String {
    let stderr: String = stderr.chars().map(|c| if c == '\0' { '\u{fffd}' } else { c }).collect();
    let stderr = stderr.trim_end();
    let reason = if stderr.is_empty() { reason.to_owned() } else { format!("\n({reason})") };
    let available = runledger_model::limits::MAX_ERROR_CHARACTERS - reason.chars().count();
    let skipped = stderr.chars().count().saturating_sub(available);
    stderr.chars().skip(skipped).chain(reason.chars()).collect()
}
