//! The OpenAPI 3.0.3 form of a 3.1 document, for generators that support only 3.0.

mod alternatives;
mod error;
mod schema;

use serde_json::{Map, Value, json};

pub use error::DownlevelError;
use error::{Result, cannot};

use crate::{
    grammar::Kind,
    json::{elements, join},
    nullability::Nulls,
};

/// The schema dialects that can be converted.
const DIALECTS: [&str; 2] = [
    "https://spec.openapis.org/oas/3.1/dialect/base",
    "https://json-schema.org/draft/2020-12/schema",
];

/// Converts a 3.1 document to 3.0.3. A 3.0 document is returned unchanged.
///
/// # Errors
/// If the document contains something that 3.0 cannot express.
pub fn downlevel(document: &Value) -> Result<Value> {
    match document["openapi"].as_str().unwrap_or_default() {
        version if version.starts_with("3.0.") => return Ok(document.clone()),
        version if version.starts_with("3.1.") => {}
        version => return Err(cannot("/openapi", &format!("a document of version {version:?}"))),
    }
    refuse_sections(document)?;
    let mut copy = convert(document, Kind::Root, "", &Nulls::new(document))?;
    if let Some(root) = copy.as_object_mut() {
        root.insert("openapi".into(), json!("3.0.3"));
        root.shift_remove("jsonSchemaDialect");
        root.shift_remove("webhooks");
        // 3.0 requires `paths`.
        root.entry("paths").or_insert_with(|| json!({}));
    }
    if let Some(components) = copy.get_mut("components").and_then(Value::as_object_mut) {
        components.shift_remove("pathItems");
    }
    if let Some(info) = copy.get_mut("info").and_then(Value::as_object_mut) {
        info.shift_remove("summary");
        if let Some(license) = info.get_mut("license").and_then(Value::as_object_mut) {
            license.shift_remove("identifier");
        }
    }
    Ok(copy)
}

/// Refuses whole sections that 3.0 does not have.
fn refuse_sections(document: &Value) -> Result<()> {
    if let Some(dialect) = document.get("jsonSchemaDialect").and_then(Value::as_str)
        && !DIALECTS.contains(&dialect)
    {
        return Err(cannot("/jsonSchemaDialect", "schemas of another dialect"));
    }
    for (pointer, what) in [("/webhooks", "webhooks"), ("/components/pathItems", "pathItems")] {
        if document.pointer(pointer).is_some_and(|section| *section != json!({})) {
            return Err(cannot(pointer, what));
        }
    }
    Ok(())
}

fn convert<'a>(value: &'a Value, kind: Kind, pointer: &str, nulls: &Nulls<'a>) -> Result<Value> {
    match value {
        _ if kind == Kind::Data => Ok(value.clone()),
        _ if kind == Kind::Schema => schema::downlevel(value, pointer, nulls),
        Value::Object(object) => {
            let mut copy = Map::new();
            for (key, value) in object {
                let value = convert(value, kind.child(key), &join(pointer, key), nulls)?;
                copy.insert(key.clone(), value);
            }
            match kind {
                Kind::Operation => require_responses(&mut copy),
                Kind::SecurityScheme if copy.get("type") == Some(&json!("mutualTLS")) => {
                    return Err(cannot(&join(pointer, "type"), "mutualTLS"));
                }
                _ => {}
            }
            Ok(Value::Object(copy))
        }
        Value::Array(_) => {
            let each = elements(value).iter().enumerate().map(|(position, value)| {
                let key = position.to_string();
                convert(value, kind.child(&key), &join(pointer, &key), nulls)
            });
            each.collect()
        }
        _ => Ok(value.clone()),
    }
}

/// 3.0 requires `responses`, and at least one of them. The added one restricts nothing.
fn require_responses(operation: &mut Map<String, Value>) {
    operation
        .entry("responses")
        .or_insert_with(|| json!({ "default": { "description": "Any response" } }));
}
