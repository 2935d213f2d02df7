//! The OpenAPI 3.0.3 copy of a 3.1 document, for generators that stop at 3.0.

mod schema;

use serde_json::{Map, Value, json};

use crate::document::METHODS;

/// What 3.0 cannot say, and where the document says it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: OpenAPI 3.0 cannot say {what}; say it in a way that both versions know")]
pub struct DownlevelError {
    /// The place, as a JSON pointer.
    pub path: String,
    /// The keyword or construct.
    pub what: String,
}

type Result<T> = std::result::Result<T, DownlevelError>;

/// The dialects whose keywords are known here.
const DIALECTS: [&str; 2] = [
    "https://spec.openapis.org/oas/3.1/dialect/base",
    "https://json-schema.org/draft/2020-12/schema",
];

/// Where in a document we are: what the keys of an object mean depends on it.
#[derive(Clone, Copy, PartialEq)]
enum At {
    /// An object of OpenAPI's own.
    Object,
    /// A map from free names to OpenAPI's objects, or a list of them.
    Names,
    /// A schema.
    Schema,
    /// A map from free names to schemas.
    SchemaNames,
    /// An example or another value that is nobody's to change.
    Data,
}

/// Copies a 3.1 document to 3.0.3; a 3.0 document comes out unchanged.
///
/// # Errors
/// Where the document says what 3.0 cannot, with the place.
pub fn downlevel(document: &Value) -> Result<Value> {
    match document["openapi"].as_str().unwrap_or_default() {
        older if older.starts_with("3.0.") => return Ok(document.clone()),
        known if known.starts_with("3.1.") => {}
        other => return Err(cannot("/openapi", &format!("what version {other:?} says"))),
    }
    if let Some(dialect) = document.get("jsonSchemaDialect").and_then(Value::as_str)
        && !DIALECTS.contains(&dialect)
    {
        return Err(cannot("/jsonSchemaDialect", "schemas of another dialect"));
    }
    for place in ["/webhooks", "/components/pathItems"] {
        if document.pointer(place).is_some_and(|there| *there != json!({})) {
            return Err(cannot(place, place.rsplit('/').next().unwrap_or(place)));
        }
    }
    let mut copy = walk(document, At::Object, "")?;
    if let Some(root) = copy.as_object_mut() {
        root.insert("openapi".into(), json!("3.0.3"));
        root.shift_remove("jsonSchemaDialect");
        root.shift_remove("webhooks");
        // Only 3.0 insists on it.
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

fn walk(value: &Value, at: At, path: &str) -> Result<Value> {
    match value {
        Value::Object(object) if at == At::Schema => schema::downlevel(object, path),
        Value::Bool(lets_through) if at == At::Schema => Ok(schema::boolean(*lets_through)),
        Value::Object(object) if at != At::Data => {
            let mut copy = Map::new();
            for (key, value) in object {
                copy.insert(key.clone(), walk(value, child(at, key), &join(path, key))?);
            }
            if at == At::Object {
                object_of_3_0(&mut copy, path)?;
            }
            Ok(Value::Object(copy))
        }
        Value::Array(values) if at != At::Data => {
            // An operation lists its parameters where the components name them.
            let at = if at == At::Names { At::Object } else { at };
            let each = values.iter().enumerate();
            each.map(|(n, value)| walk(value, at, &join(path, &n.to_string()))).collect()
        }
        _ => Ok(value.clone()),
    }
}

/// What 3.0 insists on, or does not know, in one of OpenAPI's own objects.
fn object_of_3_0(object: &mut Map<String, Value>, path: &str) -> Result<()> {
    if object.get("type") == Some(&json!("mutualTLS")) && path.contains("/securitySchemes/") {
        return Err(cannot(&join(path, "type"), "mutualTLS"));
    }
    let method = path.rsplit('/').next().unwrap_or_default();
    let is_operation = path.starts_with("/paths/") && METHODS.contains(&method);
    if is_operation && path.matches('/').count() == 3 && !object.contains_key("responses") {
        // 3.0 wants at least one; this one says no more than none does.
        let anything = json!({ "default": { "description": "Any answer" } });
        object.insert("responses".into(), anything);
    }
    Ok(())
}

/// What stands under a key.
fn child(at: At, key: &str) -> At {
    match (at, key) {
        (At::Names, _) => At::Object,
        (At::SchemaNames, _) => At::Schema,
        (_, "schema") => At::Schema,
        (_, "schemas") => At::SchemaNames,
        (_, "example" | "examples" | "default" | "enum" | "security" | "links") => At::Data,
        (
            _,
            "responses" | "parameters" | "headers" | "content" | "paths" | "requestBodies"
            | "callbacks" | "securitySchemes" | "encoding" | "variables" | "mapping",
        ) => At::Names,
        (_, extension) if extension.starts_with("x-") => At::Data,
        _ => At::Object,
    }
}

fn join(path: &str, key: &str) -> String {
    format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"))
}

fn cannot(path: &str, what: &str) -> DownlevelError {
    DownlevelError { path: path.into(), what: what.into() }
}
