//! What the page and the terminal show.

use serde::Serialize;
use serde_json::Value;

/// The present activity and the last results.
#[derive(Clone, Default, Serialize)]
pub struct State {
    /// What is being done; the other fields are the last round's.
    pub activity: Option<Activity>,
    /// Duration of the last round, in seconds.
    pub seconds: f64,
    /// Why the last round has no document; document and reports are then those of an earlier round.
    pub failure: Option<Failure>,
    /// Identifies the contents of the document; empty where there is none.
    pub document: String,
    /// The reports on the document.
    pub reports: Vec<CommandReport>,
}

/// A step of a round.
#[derive(Clone, Serialize)]
pub struct Activity {
    /// The step, such as `compiling runledger-model`.
    pub step: String,
    /// Time since the round began, in seconds.
    pub seconds: f64,
}

/// Why a round has no document.
#[derive(Clone, Serialize)]
pub struct Failure {
    /// What failed.
    pub summary: String,
    /// The error output of the compiler or the program.
    pub output: String,
}

/// The report of a command.
#[derive(Clone, Serialize)]
pub struct CommandReport {
    /// Its name: `check`, `diff` or `lint`.
    pub command: &'static str,
    /// The report, as `--format json` writes it.
    pub report: Option<Value>,
    /// The error output, where the command wrote no report.
    pub output: String,
}

impl State {
    /// The same results during a step of the next round.
    pub fn during(&self, activity: Activity) -> Self {
        Self { activity: Some(activity), ..self.clone() }
    }
}
