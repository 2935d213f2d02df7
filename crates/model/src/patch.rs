//! What is known of a run by now: the body of a PATCH, of which any field may be missing.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};

use crate::{
    ApiError, Metadata, Reported, Seconds, StepStatus, StepType, Timestamp, WorkflowRunStatus,
    fields::patch_struct,
    free_text, json,
    limits::MAX_STEPS,
    metadata,
    optional_fields::{not_empty, optional_text, read_metadata, read_outcome, read_url},
    rules::run_id,
    run_fields::run_fields,
    step::step_fields,
    text::check_text,
};

run_fields! {
    patch_struct!
    /// What is known of a run by now. What is not mentioned stays as it is recorded; null takes a
    /// value away where a run can be without it, and is the same as not mentioned elsewhere. For a
    /// run that is not recorded yet, a field that is not mentioned has the value that
    /// `recordExecution` states for an omitted one; `workflow_id` is required, and without a
    /// `status` the run is RUNNING.
    #[serde(expecting = "a run")]
    WorkflowRunPatch => RunFacts {
        /// Why the run failed, in the engine's words. It is recorded as `recordExecution` records
        /// it.
        #[serde(deserialize_with = "free_text::text")]
        #[schema(example = "exit status 1")]
        pub error: Option<String>,
        /// Steps of which something is known, at most 100,000. Each is merged by its `id` and
        /// `attempt` into the step that is recorded, or is added. No step is taken away.
        #[serde(deserialize_with = "json::objects::<_, MAX_STEPS, _>")]
        #[schema(value_type = Option<Vec<StepExecutionPatch>>, max_items = 100000)]
        #[schemars(with = "Option<Vec<StepExecutionPatch>>", length(max = 100000))]
        pub steps: Vec<StepExecutionPatch>,
    }
}

step_fields! {
    patch_struct!
    /// What is known of one attempt at one step by now: its `id`, and what else is to be recorded.
    /// What is not mentioned stays as it is. For a step that is not recorded yet: without a
    /// `step_name` its name is its id, and without a `status` it is PENDING. A `duration` of 0 is
    /// the same as none.
    #[serde(expecting = "a step")]
    StepExecutionPatch => StepFacts {}
}

/// What a recorder knows of a run by now, checked. A field that is `None` was not mentioned.
#[derive(Clone, Debug, PartialEq)]
pub struct RunPatch {
    /// The id of the run.
    pub id: String,
    /// What is known of the run itself. Its `id` has no meaning.
    pub run: RunFacts,
    /// Why it failed.
    pub error: Option<Option<String>>,
    /// What is known of its steps, each named by `id` and `attempt`.
    pub steps: Vec<StepFacts>,
}

impl Default for Reported<WorkflowRunStatus> {
    fn default() -> Self {
        WorkflowRunStatus::Running.into()
    }
}

impl Default for Reported<StepStatus> {
    fn default() -> Self {
        StepStatus::Pending.into()
    }
}

impl RunPatch {
    /// Reads the body of a PATCH of the run with this id, and checks it.
    ///
    /// # Errors
    /// 400 for a body that is not JSON or has another shape, or for a value out of bounds, with its
    /// location; 422 for an id that differs from that of the path.
    pub fn from_json(path_id: &str, body: &[u8]) -> Result<Self, ApiError> {
        let wire: WorkflowRunPatch = json::read("body", body)?;
        let mentioned: MentionedInRun = json::read("body", body)?;
        let MentionedInRun { fields, error: has_error, steps: mentioned_in_steps } = mentioned;
        let (run, error, steps) = wire.facts(fields);
        let id = run_id(Some(path_id), run.id.clone().flatten())?;
        let steps = steps.into_iter().zip(mentioned_in_steps.into_iter().flatten());
        let steps = steps.enumerate().map(|(at, (step, mentioned))| {
            let (step,) = step.facts(mentioned);
            step.checked(&format!("steps[{at}]."))
        });
        Ok(Self {
            id,
            run: run.checked()?,
            error: has_error.then_some(not_empty(error)),
            steps: steps.collect::<Result<_, _>>()?,
        })
    }
}

impl RunFacts {
    fn checked(self) -> Result<Self, ApiError> {
        let text = |name, text: &Option<Option<String>>, min| match text {
            Some(Some(text)) => check_text(name, text, min),
            _ => Ok(()),
        };
        if let Some(workflow_id) = &self.workflow_id {
            check_text("workflow_id", workflow_id, 1)?;
        }
        text("version_id", &self.version_id, 0)?;
        text("version_display_name", &self.version_display_name, 0)?;
        text("type", &self.run_type, 1)?;
        Ok(Self {
            outcome: self.outcome.map(|outcome| read_outcome("", outcome, None)).transpose()?,
            url: self.url.map(|url| read_url("", url)).transpose()?,
            metadata: self
                .metadata
                .map(|pairs| pairs.map(|pairs| read_metadata("", Some(pairs))).transpose())
                .transpose()?,
            parent_id: optional("parent_id", self.parent_id)?,
            triggered_by: optional("triggered_by", self.triggered_by)?,
            ..self
        })
    }
}

impl StepFacts {
    fn checked(self, prefix: &str) -> Result<Self, ApiError> {
        check_text(&format!("{prefix}id"), self.id.as_deref().unwrap_or_default(), 1)?;
        if let Some(name) = &self.step_name {
            check_text(&format!("{prefix}step_name"), name, 1)?;
        }
        Ok(Self {
            outcome: self.outcome.map(|outcome| read_outcome(prefix, outcome, None)).transpose()?,
            url: self.url.map(|url| read_url(prefix, url)).transpose()?,
            metadata: self
                .metadata
                .map(|pairs| pairs.map(|pairs| read_metadata(prefix, Some(pairs))).transpose())
                .transpose()?,
            parent_id: optional(&format!("{prefix}parent_id"), self.parent_id)?,
            error: self.error.map(not_empty),
            ..self
        })
    }

    /// The id and the attempt that name the step.
    pub fn key(&self) -> (&str, i32) {
        (self.id.as_deref().unwrap_or_default(), self.attempt.flatten().unwrap_or(1))
    }
}

fn optional(
    location: &str,
    text: Option<Option<String>>,
) -> Result<Option<Option<String>>, ApiError> {
    text.map(|text| optional_text(location, text)).transpose()
}

/// Which fields a body mentions.
#[derive(Default)]
struct MentionedInRun {
    fields: Mentioned<{ WorkflowRunPatch::COUNT }>,
    error: bool,
    steps: Option<Vec<Mentioned<{ StepExecutionPatch::COUNT }>>>,
}

/// Which fields of a list of `N` an object mentions, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mentioned<const N: usize>(u32);

impl<const N: usize> Mentioned<N> {
    /// Whether the field with this index is mentioned.
    pub fn has(self, index: usize) -> bool {
        self.0 & 1 << index != 0
    }

    fn add(&mut self, fields: &[&str], name: &str) {
        let name = if name == "type" { "run_type" } else { name };
        if let Some(index) = fields.iter().position(|field| *field == name) {
            self.0 |= 1 << index;
        }
    }
}

impl<'de> Deserialize<'de> for MentionedInRun {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct Names;

        impl<'de> Visitor<'de> for Names {
            type Value = MentionedInRun;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a run")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<MentionedInRun, M::Error> {
                let mut mentioned = MentionedInRun::default();
                while let Some(name) = map.next_key::<String>()? {
                    match &*name {
                        "steps" => mentioned.steps = map.next_value()?,
                        "error" => {
                            mentioned.error = true;
                            map.next_value::<IgnoredAny>()?;
                        }
                        name => {
                            mentioned.fields.add(WorkflowRunPatch::FIELDS, name);
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(mentioned)
            }
        }

        json.deserialize_map(Names)
    }
}

impl<'de> Deserialize<'de> for Mentioned<{ StepExecutionPatch::COUNT }> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct Names;

        impl<'de> Visitor<'de> for Names {
            type Value = Mentioned<{ StepExecutionPatch::COUNT }>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a step")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut mentioned = Mentioned::default();
                while let Some(name) = map.next_key::<String>()? {
                    mentioned.add(StepExecutionPatch::FIELDS, &name);
                    map.next_value::<IgnoredAny>()?;
                }
                Ok(mentioned)
            }
        }

        json.deserialize_map(Names)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(body: Value) -> Result<RunPatch, String> {
        RunPatch::from_json("r", body.to_string().as_bytes()).map_err(|error| error.body.error)
    }

    #[test]
    fn what_is_not_mentioned_is_none_and_null_takes_a_value_away() {
        let patch = read(json!({})).unwrap();
        assert_eq!(patch.run.status, None);
        assert_eq!(patch.run.url, None);
        assert_eq!((patch.error, patch.steps), (None, vec![]));
        let patch = read(json!({ "type": "T", "url": null, "error": null, "metadata": null,
            "status": "TIMED_OUT", "finished_at": null, "duration": null }));
        let patch = patch.unwrap();
        assert_eq!(patch.run.run_type, Some(Some("T".to_owned())));
        assert_eq!((patch.run.url, patch.error), (Some(None), Some(None)));
        assert_eq!((patch.run.metadata, patch.run.duration), (Some(None), Some(None)));
        let status = patch.run.status.unwrap();
        assert_eq!((status.status, status.outcome), (WorkflowRunStatus::Failed, Some("TIMED_OUT")));
        let steps = json!([{ "id": "a" }, { "id": "b", "attempt": 2, "error": "e" }]);
        let steps = read(json!({ "steps": steps })).unwrap().steps;
        assert_eq!((steps[0].key(), steps[1].key()), (("a", 1), ("b", 2)));
        assert_eq!((&steps[0].error, &steps[1].error), (&None, &Some(Some("e".to_owned()))));
    }

    #[test]
    fn an_error_names_the_location() {
        for (body, error) in [
            (json!({ "workflow_id": null }), "workflow_id"),
            (json!({ "workflow_id": "" }), "workflow_id must have 1 to 255"),
            (json!({ "status": "NO" }), "status"),
            (json!({ "id": "other" }), "id is \"other\" but the path says \"r\""),
            (json!({ "steps": [{}] }), "steps[0].id must have 1 to 255"),
            (json!({ "steps": [{ "id": "a" }, { "id": "b", "url": "ftp://x" }] }), "steps[1].url"),
            (json!({ "steps": 5 }), "steps"),
            (json!([]), "body"),
        ] {
            let message = read(body.clone()).unwrap_err();
            assert!(message.starts_with(error), "{body}: {message}");
        }
    }
}
