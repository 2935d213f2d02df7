//! What is known of a run by now: the body of a PATCH, of which any field may be missing.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};

use crate::{
    ApiError, Handling, Reported, ReportedMetadata, ReportedStatus, Seconds, StepStatus, StepType,
    Timestamp, WorkflowRunStatus,
    fields::patch_struct,
    free_text, json, kept_text,
    limits::MAX_STEPS,
    metadata,
    optional_fields::{optional_id, optional_name, read_merged_metadata, read_outcome, read_url},
    rules::{read_step_name, run_id},
    run_fields::run_fields,
    step_fields::step_fields,
    text::check_text,
};

run_fields! {
    patch_struct!
    /// What is known of a run by now. What is not mentioned stays as it is recorded; null takes a
    /// value away where a run can be without it, and is the same as not mentioned elsewhere. For a
    /// run that is not recorded yet, `workflow_id` is required, and a field that is not mentioned
    /// has the value that `recordExecution` states for an omitted one.
    #[serde(expecting = "a run")]
    WorkflowRunPatch => RunFacts {
        /// Why the run failed, in the engine's words. It is recorded as `recordExecution` records
        /// it. Null takes it away.
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
    /// `step_name` its name is its id, and without a `status` it is PENDING.
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
    /// Reads the body of a PATCH of the run with this id, and checks it. Unknown fields are
    /// ignored.
    ///
    /// # Errors
    /// 400 for a body that is not JSON or has another shape, or for a value out of bounds, with its
    /// location; 422 for an id that differs from that of the path.
    pub fn from_json(path_id: &str, body: &[u8]) -> Result<Self, ApiError> {
        Self::from_json_with(path_id, body, Handling::Lenient)
    }

    /// As [`from_json`](RunPatch::from_json), with this handling of unknown fields.
    ///
    /// # Errors
    /// As [`from_json`](RunPatch::from_json), and 400 for unknown fields if they are handled
    /// strictly.
    pub fn from_json_with(
        path_id: &str,
        body: &[u8],
        handling: Handling,
    ) -> Result<Self, ApiError> {
        let wire: WorkflowRunPatch = json::read("body", body)?;
        handling.check::<WorkflowRunPatch>("body", body)?;
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
            error: has_error.then(|| kept_text::error(error)),
            steps: steps.collect::<Result<_, _>>()?,
        })
    }
}

impl RunFacts {
    fn checked(self) -> Result<Self, ApiError> {
        if let Some(workflow_id) = &self.workflow_id {
            check_text("workflow_id", workflow_id, 1)?;
        }
        for (name, text, min) in [("version_id", &self.version_id, 0), ("type", &self.run_type, 1)]
        {
            text.iter().flatten().try_for_each(|text| check_text(name, text, min))?;
        }
        let (status, outcome) = checked_state("", self.status, self.outcome)?;
        Ok(Self {
            version_display_name: self.version_display_name.map(|name| name.map(kept_text::name)),
            status,
            outcome,
            url: self.url.map(|url| read_url("", url)).transpose()?,
            metadata: self.metadata.map(|pairs| read_merged_metadata("", pairs)).transpose()?,
            parent_id: self.parent_id.map(|id| optional_id("parent_id", id)).transpose()?,
            triggered_by: self.triggered_by.map(optional_name),
            ..self
        })
    }
}

impl StepFacts {
    fn checked(self, prefix: &str) -> Result<Self, ApiError> {
        check_text(&format!("{prefix}id"), self.id.as_deref().unwrap_or_default(), 1)?;
        let parent_id = format!("{prefix}parent_id");
        let (status, outcome) = checked_state(prefix, self.status, self.outcome)?;
        Ok(Self {
            step_name: self.step_name.map(|name| read_step_name(prefix, name)).transpose()?,
            status,
            outcome,
            url: self.url.map(|url| read_url(prefix, url)).transpose()?,
            metadata: self.metadata.map(|pairs| read_merged_metadata(prefix, pairs)).transpose()?,
            parent_id: self.parent_id.map(|id| optional_id(&parent_id, id)).transpose()?,
            error: self.error.map(kept_text::error),
            ..self
        })
    }

    /// The id and the attempt that name the step.
    pub fn key(&self) -> (&str, i32) {
        (self.id.as_deref().unwrap_or_default(), self.attempt.flatten().unwrap_or(1))
    }
}

type State<S> = (Option<Reported<S>>, Option<Option<String>>);

/// A status and an outcome, of which one may report the other.
fn checked_state<S: ReportedStatus>(
    prefix: &str,
    status: Option<Reported<S>>,
    outcome: Option<Option<String>>,
) -> Result<State<S>, ApiError> {
    let outcome = outcome.map(|outcome| read_outcome(prefix, outcome, status)).transpose()?;
    let of_outcome = || S::of_outcome(outcome.as_ref()?.as_deref()?).map(Reported::from);
    Ok((status.or_else(of_outcome), outcome))
}

/// Which fields a body mentions.
#[derive(Default)]
struct MentionedInRun {
    fields: Mentioned<{ WorkflowRunPatch::COUNT }>,
    error: bool,
    steps: Option<Vec<Mentioned<{ StepExecutionPatch::COUNT }>>>,
}

/// The fields that a run or a step is never without: null is the same as not mentioned.
const NEVER_NULL: [&str; 3] = ["workflow_id", "status", "step_name"];

/// Which fields of a list of `N` an object mentions, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mentioned<const N: usize>(u32);

impl<const N: usize> Mentioned<N> {
    /// Whether the field with this index is mentioned.
    pub fn has(self, index: usize) -> bool {
        self.0 & 1 << index != 0
    }

    fn add(&mut self, fields: &[&str], name: &str, is_null: bool) {
        if is_null && NEVER_NULL.contains(&name) {
            return;
        }
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
                            let is_null = map.next_value::<Option<IgnoredAny>>()?.is_none();
                            mentioned.fields.add(WorkflowRunPatch::FIELDS, name, is_null);
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
                    let is_null = map.next_value::<Option<IgnoredAny>>()?.is_none();
                    mentioned.add(StepExecutionPatch::FIELDS, &name, is_null);
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
        assert_eq!(patch.run.metadata, Some(ReportedMetadata(None)));
        assert_eq!(patch.run.duration, Some(None));
        let status = patch.run.status.unwrap();
        assert_eq!((status.status, status.outcome), (WorkflowRunStatus::Failed, Some("TIMED_OUT")));
        let steps = json!([{ "id": "a" }, { "id": "b", "attempt": 2, "error": "e" }]);
        let steps = read(json!({ "steps": steps })).unwrap().steps;
        assert_eq!((steps[0].key(), steps[1].key()), (("a", 1), ("b", 2)));
        assert_eq!((&steps[0].error, &steps[1].error), (&None, &Some(Some("e".to_owned()))));
    }

    #[test]
    fn null_is_not_mentioned_where_a_value_cannot_be_taken_away() {
        let nulls = json!({ "workflow_id": null, "status": null, "type": null,
            "steps": [{ "id": "a", "step_name": null, "status": null }] });
        let patch = read(nulls).unwrap();
        assert_eq!((patch.run.workflow_id, patch.run.status), (None, None));
        assert_eq!((&patch.steps[0].step_name, patch.steps[0].status), (&None, None));
    }

    #[test]
    fn an_outcome_that_belongs_to_a_status_reports_it() {
        let step = json!({ "id": "a", "outcome": "CANCELLED" });
        let patch = read(json!({ "outcome": "CRASHED", "steps": [step] })).unwrap();
        assert_eq!(patch.run.status, Some(WorkflowRunStatus::Failed.into()));
        assert_eq!(patch.steps[0].status, Some(StepStatus::Failed.into()));
        let patch = read(json!({ "outcome": "OWN", "status": "RUNNING" })).unwrap();
        assert_eq!(patch.run.outcome, Some(Some("OWN".to_owned())));
        assert_eq!(read(json!({ "outcome": "OWN" })).unwrap().run.status, None);
    }

    #[test]
    fn an_error_names_the_location() {
        for (body, error) in [
            (json!({ "workflow_id": 5 }), "workflow_id must be a string, not 5"),
            (json!({ "metadata": { "a": 5 } }), "metadata.a must be a string, not 5"),
            (json!({ "status": "RUNNING", "outcome": "LOST" }), "outcome must not be LOST where"),
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
