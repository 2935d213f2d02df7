//! The JSON Schema of every wire type, for those who validate without OpenAPI.

use schemars::{
    JsonSchema,
    generate::{SchemaGenerator, SchemaSettings},
};
use serde_json::{Map, Value, json};

use crate::{
    ErrorResponse, ListWorkflowRunsResponse, RecordOutcome, RecordResult, StepExecution,
    StepExecutionInput, StepStatus, StepType, WorkflowRunBatch, WorkflowRunBatchResult,
    WorkflowRunDetail, WorkflowRunInput, WorkflowRunMetadata, WorkflowRunStatus,
    WorkflowRunStatusFilter,
};

/// A wire type's name in the contract, and its schema: draft 2020-12, and whole by itself.
pub struct WireSchema {
    /// The name, as under `components/schemas` of the OpenAPI document.
    pub name: String,
    /// The schema; what it refers to stands in its own `$defs`.
    pub schema: Value,
}

impl WireSchema {
    /// What its file is called.
    pub fn file_name(&self) -> String {
        file_name(&self.name)
    }
}

/// The schemas of all wire types, what is sent before what is taken.
pub fn all() -> Vec<WireSchema> {
    let sent = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let taken = SchemaSettings::draft2020_12().for_deserialize().into_generator();
    vec![
        schema::<ErrorResponse>(&sent),
        schema::<ListWorkflowRunsResponse>(&sent),
        schema::<WorkflowRunBatchResult>(&sent),
        schema::<RecordOutcome>(&sent),
        schema::<RecordResult>(&sent),
        schema::<StepExecution>(&sent),
        schema::<StepStatus>(&sent),
        schema::<StepType>(&sent),
        schema::<WorkflowRunDetail>(&sent),
        schema::<WorkflowRunMetadata>(&sent),
        schema::<WorkflowRunStatus>(&sent),
        schema::<WorkflowRunStatusFilter>(&taken),
        schema::<WorkflowRunInput>(&taken),
        schema::<WorkflowRunBatch>(&taken),
        schema::<StepExecutionInput>(&taken),
    ]
}

/// The schema, with an `$id`: the file's own name. It resolves against the place where the file was got from; there is
/// no address of which an absolute one could promise that it will answer.
fn schema<T: JsonSchema>(generator: &SchemaGenerator) -> WireSchema {
    let name = T::schema_name().into_owned();
    let mut generated = generator.clone().into_root_schema_for::<T>();
    let mut schema = Map::new();
    // What it is comes first.
    schema.insert("$schema".into(), generated.remove("$schema").unwrap_or_default());
    schema.insert("$id".into(), json!(file_name(&name)));
    for key in ["title", "description"] {
        schema.extend(generated.remove(key).map(|value| (key.to_owned(), value)));
    }
    schema.extend(generated.to_value().as_object().cloned().unwrap_or_default());
    WireSchema { name, schema: Value::Object(schema) }
}

fn file_name(name: &str) -> String {
    format!("{name}.schema.json")
}
