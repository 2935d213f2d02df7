//! A command as a run with one step.

use std::{ffi::OsString, path::Path};

use runledger_model::{
    Seconds, StepExecution, StepStatus, StepType, Timestamp, WorkflowRunDetail,
    WorkflowRunMetadata, WorkflowRunStatus,
};
use uuid::Uuid;

use super::termination::Termination;

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
    pub fn started(&mut self, now: Timestamp) -> WorkflowRunDetail {
        self.run.status = WorkflowRunStatus::Running;
        self.run.started_at = Some(now);
        let step = &mut self.run.steps[0];
        step.status = StepStatus::Running;
        step.started_at = Some(now);
        self.run.clone()
    }

    /// The run once the command has ended. `stderr` is the end of its standard error.
    pub fn ended(
        self,
        now: Timestamp,
        termination: Termination,
        stderr: &str,
    ) -> WorkflowRunDetail {
        let error = match termination {
            Termination::Exited(0) => None,
            termination => Some(error_text(stderr, &termination.to_string())),
        };
        let status = match termination {
            Termination::Exited(0) => WorkflowRunStatus::Succeeded,
            Termination::Exited(_) => WorkflowRunStatus::Failed,
            Termination::Signaled(_) => WorkflowRunStatus::Cancelled,
        };
        self.finished(now, status, error)
    }

    /// The run of a command that could not be started.
    pub fn not_started(self, error: &str) -> WorkflowRunDetail {
        self.finished(Timestamp::now(), WorkflowRunStatus::Failed, Some(error_text("", error)))
    }

    fn finished(
        self,
        now: Timestamp,
        status: WorkflowRunStatus,
        error: Option<String>,
    ) -> WorkflowRunDetail {
        let mut run = self.run;
        // The system clock may have been set back.
        let now = now.max(run.started_at.unwrap_or(now));
        let duration = Seconds::between(run.started_at.unwrap_or(now), now);
        let succeeded = status == WorkflowRunStatus::Succeeded;
        run.status = status;
        run.duration = Some(duration);
        run.finished_at = Some(now);
        let step = &mut run.steps[0];
        step.status = if succeeded { StepStatus::Succeeded } else { StepStatus::Failed };
        step.error = error;
        step.duration = duration;
        step.finished_at = Some(now);
        run
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        Record::new("w".into(), &["/bin/sh".into(), "-c".into(), "secret".into()])
    }

    #[test]
    fn the_api_accepts_every_state() {
        let at = |millis| Timestamp::from_millis(millis).unwrap();
        let now = Timestamp::now().millis();
        let mut running = record();
        let states = [
            running.started(at(now)),
            record().not_started("No such file"),
            running.ended(at(now + 1500), Termination::Exited(3), &"é\0".repeat(100_000)),
            record().ended(at(0), Termination::Signaled(9), ""),
        ];
        for state in &states {
            let json = serde_json::to_vec(state).unwrap();
            let accepted = runledger_model::WorkflowRunInput::from_json(&json)
                .and_then(|run| run.into_run(None))
                .unwrap();
            assert_eq!(accepted, *state);
            assert!(!String::from_utf8(json).unwrap().contains("secret"));
        }
        assert_eq!(states[0].id, states[2].id);
        assert_eq!(states[2].duration.unwrap().micros(), 1_500_000);
        assert!(states[2].steps[0].error.as_ref().unwrap().ends_with("\n(exit code 3)"));
        assert_eq!(states[3].steps[0].error.as_deref(), Some("ended by signal 9"));
        assert_eq!(states[3].status, WorkflowRunStatus::Cancelled);
    }
}
