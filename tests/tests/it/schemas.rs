//! utoipa and schemars derive the same schema for every wire type. Where they differ, one of them
//! misreads the type (a forgotten `#[schema(required)]`, for example), or one of two types with the
//! same name has replaced the other.

use runledger_model::schemas;
use runledger_tests::spec::DOCUMENT;
use serde_json::{Map, Value, json};

#[test]
fn both_derivations_agree_on_every_type() {
    let components = DOCUMENT["components"]["schemas"].as_object().unwrap();
    let mut compared = Vec::new();
    for schemas::WireSchema { name, schema } in schemas::all() {
        let ours = &components[&name];
        assert_eq!(normal(&schema), normal(ours), "{name}: schemars (left) against utoipa (right)");
        compared.push(name);
    }
    compared.sort();
    let mut documented: Vec<_> = components.keys().cloned().collect();
    documented.sort();
    assert_eq!(compared, documented, "every component is compared");
}

/// A schema without the differences that have no meaning:
/// - examples, titles, definitions and extensions, which only one of the two has;
/// - references, whose definitions are in different locations;
/// - `oneOf` of described `const`s, which schemars writes for an `enum`;
/// - descriptions, whose lines the two fold differently;
/// - a default of null or `[]`, which schemars derives from `#[serde(default)]`;
/// - `additionalProperties: true`, which is the default;
/// - the order of keys and of required names; 0 and 0.0.
fn normal(schema: &Value) -> Value {
    match schema {
        Value::Object(object) => {
            if let Some(words) = constants(object) {
                let mut plain = object.clone();
                plain.remove("oneOf");
                plain.insert("type".into(), json!("string"));
                plain.insert("enum".into(), words);
                return normal(&Value::Object(plain));
            }
            let mut normalised = Map::new();
            for (key, value) in object {
                let value = match key.as_str() {
                    "example" | "examples" | "title" | "$schema" | "$id" | "$defs"
                    | "description" => {
                        continue;
                    }
                    extension if extension.starts_with("x-") => continue,
                    "additionalProperties" if *value == json!(true) => continue,
                    "default" if *value == Value::Null || *value == json!([]) => continue,
                    "$ref" => json!(value.as_str().unwrap_or_default().rsplit('/').next()),
                    "required" => sorted(value),
                    "properties" => value
                        .as_object()
                        .into_iter()
                        .flatten()
                        .map(|(k, v)| (k.clone(), normal(v)))
                        .collect(),
                    _ => normal(value),
                };
                normalised.insert(key.clone(), value);
            }
            normalised.sort_keys();
            Value::Object(normalised)
        }
        Value::Array(values) => values.iter().map(normal).collect(),
        Value::Number(number) => json!(number.as_f64()),
        other => other.clone(),
    }
}

fn constants(object: &Map<String, Value>) -> Option<Value> {
    let branches = object.get("oneOf")?.as_array()?;
    branches
        .iter()
        .map(|branch| branch.get("const").cloned())
        .collect::<Option<Vec<_>>>()
        .map(Value::Array)
}

fn sorted(names: &Value) -> Value {
    let mut names: Vec<_> = names.as_array().into_iter().flatten().map(Value::to_string).collect();
    names.sort();
    json!(names)
}
