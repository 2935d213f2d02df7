//! The fields that a recorder need not give, which are stored as JSON in one column where it gave
//! any.

use runledger_model::{Metadata, StepExecution, WorkflowRunDetail};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Those of a run. The names are in databases and never change.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptionalRunFields {
    /// The number of the attempt; `None`: 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<i32>,
    /// How the run ended, in a word of the engine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Where the engine shows the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Pairs of keys and values.
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    pub metadata: Metadata,
    /// The id of the run that started this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    /// Who or what started the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub triggered_by: Option<String>,
    /// The time within which a live run must be recorded again, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heartbeat_timeout: Option<i32>,
    /// Why the run failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Those of a step. The names are in databases and never change.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptionalStepFields {
    /// How the step ended, in a word of the engine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Where the engine shows the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Pairs of keys and values.
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    pub metadata: Metadata,
    /// The id of the step that contains this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    /// The number of the pass through a loop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iteration: Option<i32>,
}

/// What is stored in the column `optional_fields`.
pub trait OptionalFields: Default + PartialEq + Serialize + DeserializeOwned {
    /// The JSON; `None` if no field is set.
    fn json(&self) -> Option<String> {
        let is_set = *self != Self::default();
        is_set.then(|| serde_json::to_string(self).expect("texts and numbers are JSON"))
    }
}

impl OptionalFields for OptionalRunFields {}

impl OptionalFields for OptionalStepFields {}

impl From<&WorkflowRunDetail> for OptionalRunFields {
    fn from(run: &WorkflowRunDetail) -> Self {
        let WorkflowRunDetail {
            id: _,
            workflow_id: _,
            version_id: _,
            version_display_name: _,
            run_type: _,
            status: _,
            duration: _,
            created_at: _,
            started_at: _,
            finished_at: _,
            attempt,
            outcome,
            url,
            metadata,
            parent_id,
            triggered_by,
            heartbeat_timeout,
            error,
            attempts: _,
            steps: _,
            step_count: _,
        } = run;
        Self {
            attempt: (*attempt != 1).then_some(*attempt),
            outcome: outcome.clone(),
            url: url.clone(),
            metadata: metadata.clone(),
            parent_id: parent_id.clone(),
            triggered_by: triggered_by.clone(),
            heartbeat_timeout: *heartbeat_timeout,
            error: error.clone(),
        }
    }
}

impl From<&StepExecution> for OptionalStepFields {
    fn from(step: &StepExecution) -> Self {
        let StepExecution {
            id: _,
            step_name: _,
            step_type: _,
            status: _,
            attempt: _,
            error: _,
            duration: _,
            created_at: _,
            started_at: _,
            finished_at: _,
            outcome,
            url,
            metadata,
            parent_id,
            iteration,
        } = step;
        Self {
            outcome: outcome.clone(),
            url: url.clone(),
            metadata: metadata.clone(),
            parent_id: parent_id.clone(),
            iteration: *iteration,
        }
    }
}

#[cfg(test)]
mod tests {
    use runledger_store::test_suite::run;

    use super::*;

    #[test]
    fn nothing_is_stored_where_nothing_is_set() {
        assert_eq!(OptionalRunFields::from(&run("a")).json(), None);
        assert_eq!(OptionalStepFields::from(&run("a").steps[0]).json(), None);
    }

    fn without_space(json: &str) -> String {
        json.split_whitespace().collect()
    }

    #[test]
    fn the_names_are_those_on_disk() {
        let text = |text: &str| Some(text.to_owned());
        let metadata = Metadata::from([("k".to_owned(), "v".to_owned())]);
        let fields = OptionalRunFields {
            attempt: Some(2),
            outcome: text("LOST"),
            url: text("https://e"),
            metadata: metadata.clone(),
            parent_id: text("p"),
            triggered_by: text("t"),
            heartbeat_timeout: Some(60),
            error: text("e"),
        };
        let json = r#"{"attempt":2,"outcome":"LOST","url":"https://e","metadata":{"k":"v"},
            "parent_id":"p","triggered_by":"t","heartbeat_timeout":60,"error":"e"}"#;
        assert_eq!(fields.json(), Some(without_space(json)));
        assert_eq!(serde_json::from_str::<OptionalRunFields>(json).unwrap(), fields);
        let fields = OptionalStepFields {
            outcome: text("SKIPPED"),
            url: text("https://e"),
            metadata,
            parent_id: text("p"),
            iteration: Some(0),
        };
        let json = r#"{"outcome":"SKIPPED","url":"https://e","metadata":{"k":"v"},
            "parent_id":"p","iteration":0}"#;
        assert_eq!(fields.json(), Some(without_space(json)));
        assert_eq!(serde_json::from_str::<OptionalStepFields>(json).unwrap(), fields);
    }
}
