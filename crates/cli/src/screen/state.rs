//! States with a symbol, a word and a color.

use anstyle::{AnsiColor, Style};
use runledger_model::{
    StepExecution, StepStatus, WorkflowRunAttempt, WorkflowRunDetail, WorkflowRunMetadata,
    WorkflowRunStatus,
};

use super::{Screen, harmless};

/// The state of a run or a step, as it is shown.
#[derive(Clone, Debug)]
pub struct State {
    symbol: &'static str,
    /// The status, or the outcome that refines it; with the number of the attempt of a run, unless
    /// it is the first one.
    word: String,
    color: Option<AnsiColor>,
}

impl State {
    /// The symbol.
    pub fn symbol(&self) -> &'static str {
        self.symbol
    }

    /// The symbol and the word.
    pub fn text(&self) -> String {
        format!("{} {}", self.symbol, self.word)
    }

    /// A text in the color of the state.
    pub fn paint(&self, screen: &Screen, text: &str) -> String {
        let style = self.color.map_or(Style::new().dimmed(), |color| color.on_default());
        screen.paint(style, text)
    }

    fn new(word: &str, outcome: Option<&str>, kind: Kind) -> Self {
        let (symbol, color) = match kind {
            _ if outcome.is_some_and(|outcome| OMITTED.contains(&outcome)) => ("-", None),
            Kind::Pending => ("○", None),
            Kind::Running => ("●", Some(AnsiColor::Yellow)),
            Kind::Paused => ("=", None),
            Kind::Succeeded => ("✓", Some(AnsiColor::Green)),
            Kind::Failed => ("✗", Some(AnsiColor::Red)),
            Kind::Cancelled => ("-", None),
        };
        Self { symbol, word: harmless(outcome.unwrap_or(word)), color }
    }

    fn of_run(status: WorkflowRunStatus, outcome: Option<&str>, attempt: i32) -> Self {
        let kind = match status {
            WorkflowRunStatus::Pending => Kind::Pending,
            WorkflowRunStatus::Running => Kind::Running,
            WorkflowRunStatus::Paused => Kind::Paused,
            WorkflowRunStatus::Succeeded => Kind::Succeeded,
            WorkflowRunStatus::Failed => Kind::Failed,
            WorkflowRunStatus::Cancelled => Kind::Cancelled,
        };
        let mut state = Self::new(status.as_str(), outcome, kind);
        if attempt > 1 {
            state.word += &format!(" #{attempt}");
        }
        state
    }
}

/// Outcomes of what did not do its work, although nothing went wrong in it.
const OMITTED: [&str; 2] = ["SKIPPED", "CANCELLED"];

enum Kind {
    Pending,
    Running,
    Paused,
    Succeeded,
    Failed,
    Cancelled,
}

impl From<&WorkflowRunMetadata> for State {
    fn from(run: &WorkflowRunMetadata) -> Self {
        Self::of_run(run.status, run.outcome.as_deref(), run.attempt)
    }
}

impl From<&WorkflowRunDetail> for State {
    fn from(run: &WorkflowRunDetail) -> Self {
        Self::of_run(run.status, run.outcome.as_deref(), run.attempt)
    }
}

impl From<&WorkflowRunAttempt> for State {
    /// Without the number, which is listed.
    fn from(attempt: &WorkflowRunAttempt) -> Self {
        Self::of_run(attempt.status, attempt.outcome.as_deref(), 1)
    }
}

impl From<&StepExecution> for State {
    fn from(step: &StepExecution) -> Self {
        let kind = match step.status {
            StepStatus::Pending => Kind::Pending,
            StepStatus::Running => Kind::Running,
            StepStatus::Succeeded => Kind::Succeeded,
            StepStatus::Failed => Kind::Failed,
        };
        Self::new(step.status.as_str(), step.outcome.as_deref(), kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_refines_the_status() {
        let text = |status, outcome| State::of_run(status, outcome, 1).text();
        assert_eq!(text(WorkflowRunStatus::Failed, None), "✗ FAILED");
        assert_eq!(text(WorkflowRunStatus::Failed, Some("TIMED_OUT")), "✗ TIMED_OUT");
        assert_eq!(text(WorkflowRunStatus::Succeeded, Some("SKIPPED")), "- SKIPPED");
        assert_eq!(text(WorkflowRunStatus::Running, None), "● RUNNING");
        let retried = State::of_run(WorkflowRunStatus::Running, None, 2);
        assert_eq!(retried.text(), "● RUNNING #2");
    }
}
