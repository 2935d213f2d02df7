//! Pairs of strings by which a recorder describes a run or a step.

use std::collections::{BTreeMap, BTreeSet};

use schemars::{Schema as JsonSchema, SchemaGenerator, json_schema};
use utoipa::openapi::{
    Object, ObjectBuilder, RefOr, Schema,
    schema::{SchemaType, Type},
};

/// Pairs of strings, ordered by their keys.
pub type Metadata = BTreeMap<String, String>;

/// The pairs as a filter names them: `key:value`.
pub fn metadata_pairs(metadata: &Metadata) -> BTreeSet<String> {
    metadata.iter().map(|(key, value)| format!("{key}:{value}")).collect()
}

const DESCRIPTION: &str = "Pairs of strings by which the recorder describes the run or the step.";

/// The schema of pairs in a response.
pub fn response_schema() -> Object {
    object(SchemaType::from(Type::Object), Object::with_type(Type::String))
        .description(Some(format!("{DESCRIPTION} Omitted if there are none.")))
        .build()
}

/// The schema of pairs in a request.
pub fn request_schema() -> Object {
    let value = ObjectBuilder::new().schema_type(Type::String).max_length(Some(1024)).build();
    object(SchemaType::from_iter([Type::Object, Type::Null]), value)
        .max_properties(Some(64))
        .description(Some(format!(
            "{DESCRIPTION} Up to 64 pairs: keys of 1 to 64 characters without control characters, \
             values of up to 1,024 characters without NUL."
        )))
        .build()
}

/// As [`response_schema`], of schemars.
pub fn response_json_schema(_: &mut SchemaGenerator) -> JsonSchema {
    json_schema!({ "type": "object", "additionalProperties": { "type": "string" } })
}

/// As [`request_schema`], of schemars.
pub fn request_json_schema(_: &mut SchemaGenerator) -> JsonSchema {
    json_schema!({
        "type": ["object", "null"],
        "maxProperties": 64,
        "additionalProperties": { "type": "string", "maxLength": 1024 }
    })
}

fn object(schema_type: SchemaType, value: Object) -> ObjectBuilder {
    let example = serde_json::json!({ "env": "prod", "team": "billing" });
    ObjectBuilder::new()
        .schema_type(schema_type)
        .additional_properties(Some(RefOr::T(Schema::Object(value))))
        .examples([example])
}
