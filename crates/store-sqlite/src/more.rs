//! The fields that a recorder need not give, which are stored as JSON in one column where it gave
//! any.

use runledger_model::{Metadata, StepExecution, WorkflowRunDetail};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Those of a run. The names are in databases and never change.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunMore {
    /// The number of the attempt; `None`: 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    pub metadata: Metadata,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub triggered_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heartbeat_timeout: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Those of a step. The names are in databases and never change.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepMore {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    pub metadata: Metadata,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iteration: Option<i32>,
}

/// What is stored in the column `more`.
pub trait More: Default + PartialEq + Serialize + DeserializeOwned {
    /// The JSON; `None` if no field is set.
    fn json(&self) -> Option<String> {
        let is_set = *self != Self::default();
        is_set.then(|| serde_json::to_string(self).expect("texts and numbers are JSON"))
    }
}

impl More for RunMore {}

impl More for StepMore {}

impl From<&WorkflowRunDetail> for RunMore {
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

impl From<&StepExecution> for StepMore {
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
        assert_eq!(RunMore::from(&run("a")).json(), None);
        assert_eq!(StepMore::from(&run("a").steps[0]).json(), None);
    }

    fn without_space(json: &str) -> String {
        json.split_whitespace().collect()
    }

    #[test]
    fn the_names_are_those_on_disk() {
        let text = |text: &str| Some(text.to_owned());
        let metadata = Metadata::from([("k".to_owned(), "v".to_owned())]);
        let more = RunMore {
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
        assert_eq!(more.json(), Some(without_space(json)));
        assert_eq!(serde_json::from_str::<RunMore>(json).unwrap(), more);
        let more = StepMore {
            outcome: text("SKIPPED"),
            url: text("https://e"),
            metadata,
            parent_id: text("p"),
            iteration: Some(0),
        };
        let json = r#"{"outcome":"SKIPPED","url":"https://e","metadata":{"k":"v"},
            "parent_id":"p","iteration":0}"#;
        assert_eq!(more.json(), Some(without_space(json)));
        assert_eq!(serde_json::from_str::<StepMore>(json).unwrap(), more);
    }
}
