//! The type of a schema.

use serde_json::{Value, json};

use super::super::mutation::Object;

/// The type without null.
pub fn type_of(schema: &Object) -> Option<&str> {
    match schema.get("type")? {
        Value::Array(all) => all.iter().filter_map(Value::as_str).find(|it| *it != "null"),
        one => one.as_str(),
    }
}

/// Whether the type without null has this name.
pub fn is(schema: &Object, name: &str) -> bool {
    type_of(schema) == Some(name)
}

/// Whether the schema is a string that is not restricted to certain values.
pub fn is_open_string(schema: &Object) -> bool {
    is(schema, "string") && !schema.contains_key("enum") && !schema.contains_key("const")
}

/// Whether the schema has `nullable` or a list of types.
pub fn is_nullable(schema: &Object) -> bool {
    schema.get("nullable") == Some(&json!(true)) || schema.get("type").is_some_and(Value::is_array)
}
