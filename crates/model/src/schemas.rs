//! The JSON Schema of every wire type, for validation without OpenAPI.

use schemars::{
    JsonSchema,
    generate::{SchemaGenerator, SchemaSettings},
};
use serde_json::{Map, Value, json};

use crate::{
    BucketWidth, ErrorResponse, Histogram, HistogramBucket, ListWorkflowRunsResponse,
    RecordOutcome, RecordResult, StepExecution, StepExecutionInput, StepExecutionPatch, StepStatus,
    StepType, WorkflowList, WorkflowRunAttempt, WorkflowRunBatch, WorkflowRunBatchResult,
    WorkflowRunChange, WorkflowRunChanges, WorkflowRunDetail, WorkflowRunInput,
    WorkflowRunMetadata, WorkflowRunPatch, WorkflowRunStatus, WorkflowRunStatusFilter,
    WorkflowSummary,
};

/// The name of a wire type in the contract, and its self-contained schema (draft 2020-12).
pub struct WireSchema {
    /// The name, as under `components/schemas` of the OpenAPI document.
    pub name: String,
    /// The schema; its references lead into its own `$defs`.
    pub schema: Value,
}

impl WireSchema {
    /// The name of its file.
    pub fn file_name(&self) -> String {
        file_name(&self.name)
    }
}

/// The schemas of all wire types: responses first, then requests.
pub fn all() -> Vec<WireSchema> {
    let response = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let request = SchemaSettings::draft2020_12().for_deserialize().into_generator();
    vec![
        schema::<ErrorResponse>(&response),
        schema::<Histogram>(&response),
        schema::<HistogramBucket>(&response),
        schema::<ListWorkflowRunsResponse>(&response),
        schema::<WorkflowList>(&response),
        schema::<WorkflowSummary>(&response),
        schema::<WorkflowRunAttempt>(&response),
        schema::<WorkflowRunBatchResult>(&response),
        schema::<WorkflowRunChange>(&response),
        schema::<WorkflowRunChanges>(&response),
        schema::<RecordOutcome>(&response),
        schema::<RecordResult>(&response),
        schema::<StepExecution>(&response),
        schema::<StepStatus>(&response),
        schema::<StepType>(&response),
        schema::<WorkflowRunDetail>(&response),
        schema::<WorkflowRunMetadata>(&response),
        schema::<WorkflowRunStatus>(&response),
        schema::<BucketWidth>(&request),
        schema::<WorkflowRunStatusFilter>(&request),
        schema::<WorkflowRunInput>(&request),
        schema::<WorkflowRunBatch>(&request),
        schema::<StepExecutionInput>(&request),
        patch_schema::<WorkflowRunPatch>(&request),
        patch_schema::<StepExecutionPatch>(&request),
    ]
}

/// The schema, with the file's own name as its `$id`. The name is relative: it resolves against the
/// location from which the file was read, since no absolute URL is certain to serve it.
fn schema<T: JsonSchema>(generator: &SchemaGenerator) -> WireSchema {
    let name = T::schema_name().into_owned();
    let mut generated = generator.clone().into_root_schema_for::<T>();
    let mut schema = Map::new();
    // The keys that identify the schema come first.
    schema.insert("$schema".into(), generated.remove("$schema").unwrap_or_default());
    schema.insert("$id".into(), json!(file_name(&name)));
    for key in ["title", "description"] {
        schema.extend(generated.remove(key).map(|value| (key.to_owned(), value)));
    }
    schema.extend(generated.to_value().as_object().cloned().unwrap_or_default());
    WireSchema { name, schema: Value::Object(schema) }
}

/// As [`schema`], of a type of which any part may be missing: what is missing has no default, and a
/// step must be named.
fn patch_schema<T: JsonSchema>(generator: &SchemaGenerator) -> WireSchema {
    let WireSchema { name, mut schema } = schema::<T>(generator);
    remove_defaults(&mut schema);
    if name == StepExecutionPatch::schema_name() {
        schema["required"] = json!(["id"]);
    } else {
        let step = &mut schema["$defs"][&*StepExecutionPatch::schema_name()];
        remove_defaults(step);
        step["required"] = json!(["id"]);
    }
    WireSchema { name, schema }
}

fn remove_defaults(schema: &mut Value) {
    let properties = schema["properties"].as_object_mut().into_iter().flatten();
    for property in properties.filter_map(|(_, property)| property.as_object_mut()) {
        property.remove("default");
    }
}

fn file_name(name: &str) -> String {
    format!("{name}.schema.json")
}
