//! States with a symbol, a word and a color.

use anstyle::{AnsiColor, Style};
use runledger_model::{StepStatus, WorkflowRunStatus};

use super::Screen;

/// The state of a run, as it is shown.
#[derive(Clone, Copy)]
pub struct RunState(pub WorkflowRunStatus);

impl RunState {
    /// The symbol and the word.
    pub fn text(self) -> String {
        let symbol = match self.0 {
            WorkflowRunStatus::Pending => PENDING,
            WorkflowRunStatus::Running => RUNNING,
            WorkflowRunStatus::Paused => "=",
            WorkflowRunStatus::Succeeded => SUCCEEDED,
            WorkflowRunStatus::Failed => FAILED,
            WorkflowRunStatus::Cancelled => "-",
        };
        format!("{symbol} {}", self.0)
    }

    /// A text about the run, in the color of the state.
    pub fn paint(self, screen: &Screen, text: &str) -> String {
        let color = match self.0 {
            WorkflowRunStatus::Succeeded => Some(AnsiColor::Green),
            WorkflowRunStatus::Failed => Some(AnsiColor::Red),
            WorkflowRunStatus::Running => Some(AnsiColor::Yellow),
            WorkflowRunStatus::Pending
            | WorkflowRunStatus::Paused
            | WorkflowRunStatus::Cancelled => None,
        };
        screen.paint(style(color), text)
    }
}

/// The state of a step, as it is shown.
#[derive(Clone, Copy)]
pub struct StepState(pub StepStatus);

impl StepState {
    /// The symbol.
    pub fn symbol(self) -> &'static str {
        match self.0 {
            StepStatus::Pending => PENDING,
            StepStatus::Running => RUNNING,
            StepStatus::Succeeded => SUCCEEDED,
            StepStatus::Failed => FAILED,
        }
    }

    /// A text about the step, in the color of the state.
    pub fn paint(self, screen: &Screen, text: &str) -> String {
        let color = match self.0 {
            StepStatus::Succeeded => Some(AnsiColor::Green),
            StepStatus::Failed => Some(AnsiColor::Red),
            StepStatus::Running => Some(AnsiColor::Yellow),
            StepStatus::Pending => None,
        };
        screen.paint(style(color), text)
    }
}

// Characters of one column that the fonts of terminals have.
const PENDING: &str = "○";
const RUNNING: &str = "●";
const SUCCEEDED: &str = "✓";
const FAILED: &str = "✗";

fn style(color: Option<AnsiColor>) -> Style {
    color.map_or(Style::new().dimmed(), |color| color.on_default())
}
