//! What the types and routes generate, as functions: this package does not depend on them.

use serde_json::Value;

/// The sources of the generated files.
pub struct Generator {
    /// Returns the OpenAPI document.
    pub document: fn() -> Value,
    /// Returns the JSON Schemas of the wire types.
    pub schemas: fn() -> Vec<SchemaFile>,
}

/// The JSON Schema of a wire type.
pub struct SchemaFile {
    /// The name of its file, without a folder.
    pub name: String,
    /// The schema.
    pub schema: Value,
}

/// The generator of this workspace.
#[cfg(test)]
pub const WORKSPACE: Generator =
    Generator { document: runledger_server::openapi_document, schemas: workspace_schemas };

#[cfg(test)]
fn workspace_schemas() -> Vec<SchemaFile> {
    let schemas = runledger_model::schemas::all().into_iter();
    schemas.map(|wire| SchemaFile { name: wire.file_name(), schema: wire.schema }).collect()
}
