//! Mutations of `default`.

use serde_json::{Value, json};

use super::{
    super::{
        mutation::{
            Condition::{Has, When},
            Draw,
            Edit::{Remove, With},
            Mutation, Object,
        },
        targets::Target::Schema,
    },
    kind::type_of,
};

pub const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "default added",
        target: Schema,
        condition: When(|it| !it.contains_key("default") && possible_default(it).is_some()),
        edit: With(set_default),
    },
    Mutation {
        name: "default changed",
        target: Schema,
        condition: When(|schema| {
            schema.contains_key("default")
                && possible_default(schema).is_some_and(|value| value != schema["default"])
        }),
        edit: With(set_default),
    },
    Mutation {
        name: "default removed",
        target: Schema,
        condition: Has("default"),
        edit: Remove("default"),
    },
];

fn set_default(schema: &mut Object, _: &mut Draw<'_>) {
    if let Some(value) = possible_default(schema) {
        schema.insert("default".into(), value);
    }
}

/// A valid default for the schema.
fn possible_default(schema: &Object) -> Option<Value> {
    if let Some(Value::Array(values)) = schema.get("enum") {
        return values.iter().rfind(|value| !value.is_null()).cloned();
    }
    match type_of(schema)? {
        "integer" => Some(json!(7)),
        "boolean" => Some(json!(schema.get("default") != Some(&json!(true)))),
        "string" if !schema.contains_key("format") => Some(json!("nothing")),
        _ => None,
    }
}
