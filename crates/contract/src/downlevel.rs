//! The OpenAPI 3.0.3 copy of a 3.1 document, for generators that stop at 3.0.

use serde_json::{Map, Value, json};

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

/// Where in a document we are: what the keys of an object mean depends on it.
#[derive(Clone, Copy, PartialEq)]
enum At {
    /// An object of OpenAPI's own.
    Object,
    /// A map from free names to OpenAPI's objects.
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
    let mut copy = walk(document, At::Object, "")?;
    if let Some(root) = copy.as_object_mut() {
        if root.get("openapi").and_then(Value::as_str).is_some_and(|v| v.starts_with("3.0.")) {
            return Ok(document.clone());
        }
        if root.shift_remove("webhooks").is_some_and(|hooks| hooks != json!({})) {
            return Err(cannot("/webhooks", "webhooks"));
        }
        root.insert("openapi".into(), json!("3.0.3"));
        root.shift_remove("jsonSchemaDialect");
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
        Value::Object(object) if at == At::Schema => schema(object, path),
        Value::Bool(_) if at == At::Schema => Err(cannot(path, "a schema that is true or false")),
        Value::Object(object) if at != At::Data => {
            let mut copy = Map::new();
            for (key, value) in object {
                let below = if key.starts_with("x-") && at == At::Object {
                    At::Data
                } else {
                    child(at, key)
                };
                copy.insert(key.clone(), walk(value, below, &join(path, key))?);
            }
            Ok(Value::Object(copy))
        }
        Value::Array(values) if at != At::Data => {
            let each = values.iter().enumerate();
            each.map(|(n, value)| walk(value, at, &join(path, &n.to_string()))).collect()
        }
        _ => Ok(value.clone()),
    }
}

/// What stands under a key.
fn child(at: At, key: &str) -> At {
    match (at, key) {
        (At::Names, _) => At::Object,
        (At::SchemaNames, _) => At::Schema,
        (_, "schema") => At::Schema,
        (_, "schemas") => At::SchemaNames,
        (_, "example" | "examples" | "default" | "enum" | "security") => At::Data,
        (
            _,
            "responses" | "parameters" | "headers" | "content" | "paths" | "requestBodies"
            | "callbacks" | "links" | "securitySchemes" | "encoding" | "variables" | "mapping",
        ) => At::Names,
        _ => At::Object,
    }
}

fn schema(schema: &Map<String, Value>, path: &str) -> Result<Value> {
    let mut copy = Map::new();
    for (key, value) in schema {
        let here = join(path, key);
        match key.as_str() {
            "type" => types(value, &mut copy, &here)?,
            "oneOf" | "anyOf" => alternatives(key, value, &mut copy, &here)?,
            "allOf" | "items" | "not" => {
                copy.insert(key.clone(), walk(value, At::Schema, &here)?);
            }
            "additionalProperties" if !value.is_boolean() => {
                copy.insert(key.clone(), walk(value, At::Schema, &here)?);
            }
            "properties" => {
                copy.insert(key.clone(), walk(value, At::SchemaNames, &here)?);
            }
            "const" => {
                copy.insert("enum".into(), json!([value]));
            }
            "examples" => {
                if let Some(first) = value.as_array().and_then(|all| all.first()) {
                    copy.entry("example").or_insert_with(|| first.clone());
                }
            }
            "exclusiveMinimum" if value.is_number() => {
                copy.insert("minimum".into(), value.clone());
                copy.insert("exclusiveMinimum".into(), json!(true));
            }
            "exclusiveMaximum" if value.is_number() => {
                copy.insert("maximum".into(), value.clone());
                copy.insert("exclusiveMaximum".into(), json!(true));
            }
            // They restrict nothing that a reader of the copy would miss.
            "propertyNames" | "$schema" | "$comment" | "$id" => {}
            "prefixItems"
            | "contains"
            | "minContains"
            | "maxContains"
            | "if"
            | "then"
            | "else"
            | "patternProperties"
            | "dependentSchemas"
            | "dependentRequired"
            | "$defs"
            | "$anchor"
            | "unevaluatedProperties"
            | "unevaluatedItems"
            | "$dynamicRef"
            | "$dynamicAnchor"
            | "contentSchema"
            | "contentEncoding"
            | "contentMediaType" => {
                return Err(cannot(&here, key));
            }
            _ => {
                copy.insert(key.clone(), value.clone());
            }
        }
    }
    // An enum of a nullable type must name null itself, or 3.0 refuses null.
    if copy.get("nullable") == Some(&json!(true))
        && let Some(values) = copy.get_mut("enum").and_then(Value::as_array_mut)
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    Ok(Value::Object(beside_reference(copy)))
}

fn types(value: &Value, copy: &mut Map<String, Value>, path: &str) -> Result<()> {
    let names = match value {
        Value::Array(names) => names.clone(),
        one => vec![one.clone()],
    };
    let (null, rest): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| name == "null");
    match rest.as_slice() {
        [one] => copy.insert("type".into(), one.clone()),
        [] => return Err(cannot(path, "a type that is null alone")),
        _ => return Err(cannot(path, "several types at once")),
    };
    if !null.is_empty() {
        copy.insert("nullable".into(), json!(true));
    }
    Ok(())
}

/// `oneOf` and `anyOf`, without the branch for null, which becomes `nullable`.
fn alternatives(key: &str, value: &Value, copy: &mut Map<String, Value>, path: &str) -> Result<()> {
    let branches = value.as_array().map(Vec::as_slice).unwrap_or_default();
    let is_null = |branch: &&Value| branch["type"] == "null";
    let rest: Value = branches.iter().filter(|branch| !is_null(branch)).cloned().collect();
    let mut rest = walk(&rest, At::Schema, path)?;
    let nullable = branches.iter().any(|branch| is_null(&branch));
    if nullable {
        copy.insert("nullable".into(), json!(true));
    }
    match rest.as_array_mut().map(std::mem::take) {
        Some(one) if nullable && one.len() == 1 => copy.insert("allOf".into(), one.into()),
        Some(all) => copy.insert(key.into(), all.into()),
        None => None,
    };
    Ok(())
}

/// In 3.0 whatever stands beside a `$ref` is ignored: the reference moves into an `allOf`.
fn beside_reference(mut schema: Map<String, Value>) -> Map<String, Value> {
    if schema.len() > 1
        && let Some(reference) = schema.shift_remove("$ref")
    {
        let branch = json!({ "$ref": reference });
        match schema.get_mut("allOf").and_then(Value::as_array_mut) {
            Some(all) => all.push(branch),
            None => {
                schema.insert("allOf".into(), json!([branch]));
            }
        }
    }
    schema
}

fn join(path: &str, key: &str) -> String {
    format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"))
}

fn cannot(path: &str, what: &str) -> DownlevelError {
    DownlevelError { path: path.into(), what: what.into() }
}
