//! Mutations of `type`, null and `format`.

use serde_json::{Value, json};

use super::{
    super::{
        mutation::{
            Condition::{Has, When},
            Draw,
            Edit::{Remove, With},
            Mutation, Object, list_at,
        },
        targets::Target::Schema,
    },
    kind::{is, type_of},
};

/// Keywords that lose their meaning when the type changes.
const OF_ONE_TYPE: [&str; 16] = [
    "format",
    "enum",
    "const",
    "pattern",
    "default",
    "example",
    "examples",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "x-enum-varnames",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "x-enum-descriptions",
];

pub const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "type replaced",
        target: Schema,
        condition: When(|it| is(it, "string") || is(it, "integer") || is(it, "boolean")),
        edit: With(|schema, draw| {
            let mut others = vec!["string", "integer", "boolean"];
            others.retain(|name| !is(schema, name));
            remove_of_type(schema);
            let other = *draw.one_of(&others);
            set_type(schema, other);
        }),
    },
    Mutation {
        name: "integer became number",
        target: Schema,
        condition: When(|schema| is(schema, "integer") && !schema.contains_key("format")),
        edit: With(|schema, _| set_type(schema, "number")),
    },
    Mutation {
        name: "number became integer",
        target: Schema,
        condition: When(|schema| {
            is(schema, "number")
                && !["format", "enum", "default"].iter().any(|key| schema.contains_key(*key))
        }),
        edit: With(|schema, _| set_type(schema, "integer")),
    },
    Mutation {
        name: "type removed",
        target: Schema,
        condition: When(|schema| is(schema, "string") && !schema.contains_key("format")),
        edit: With(|schema, _| {
            remove_of_type(schema);
            schema.shift_remove("type");
            schema.shift_remove("nullable");
        }),
    },
    Mutation {
        name: "null allowed",
        target: Schema,
        condition: When(|schema| {
            schema.get("type").is_some_and(Value::is_string)
                && schema["type"] != "null"
                && schema.get("nullable") != Some(&json!(true))
                && !schema.contains_key("const")
        }),
        edit: With(allow_null),
    },
    Mutation {
        name: "null refused",
        target: Schema,
        condition: When(|schema| {
            schema.get("nullable") == Some(&json!(true)) && schema.contains_key("type")
                || schema
                    .get("type")
                    .and_then(Value::as_array)
                    .is_some_and(|all| all.len() == 2 && all.contains(&json!("null")))
        }),
        edit: With(|schema, _| refuse_null(schema)),
    },
    Mutation {
        name: "second type allowed",
        target: Schema,
        condition: When(|schema| {
            (is(schema, "string") || is(schema, "integer"))
                && schema["type"].is_string()
                && !schema.contains_key("enum")
        }),
        edit: With(|schema, draw| {
            let first = schema["type"].clone();
            if draw.is_3_0 {
                schema.shift_remove("type");
                let branches = json!([{"type": first}, {"type": "boolean"}]);
                schema.insert("oneOf".into(), branches);
            } else {
                schema.insert("type".into(), json!([first, "boolean"]));
            }
        }),
    },
    Mutation {
        name: "format added",
        target: Schema,
        condition: When(|schema| {
            !schema.contains_key("format")
                && (is(schema, "string") && !schema.contains_key("enum") || is(schema, "integer"))
        }),
        edit: With(|schema, draw| {
            let formats: &[&str] = if is(schema, "string") {
                &["date-time", "uuid", "uri", "email"]
            } else {
                &["int32", "int64"]
            };
            let format = *draw.one_of(formats);
            schema.insert("format".into(), json!(format));
        }),
    },
    Mutation {
        name: "format removed",
        target: Schema,
        condition: Has("format"),
        edit: Remove("format"),
    },
    Mutation {
        name: "format changed",
        target: Schema,
        condition: When(|schema| {
            let format = schema.get("format").and_then(Value::as_str);
            format.is_some_and(|format| other_format(format) != format)
        }),
        edit: With(|schema, _| {
            let other = other_format(schema["format"].as_str().unwrap_or_default());
            schema.insert("format".into(), json!(other));
        }),
    },
];

fn remove_of_type(schema: &mut Object) {
    for keyword in OF_ONE_TYPE {
        schema.shift_remove(keyword);
    }
}

/// Replaces the type and keeps null.
fn set_type(schema: &mut Object, name: &str) {
    let value = match schema.get("type") {
        Some(Value::Array(all)) if all.contains(&json!("null")) => json!([name, "null"]),
        _ => json!(name),
    };
    schema.insert("type".into(), value);
}

fn allow_null(schema: &mut Object, draw: &mut Draw<'_>) {
    if draw.is_3_0 {
        schema.insert("nullable".into(), json!(true));
    } else {
        let name = schema["type"].clone();
        schema.insert("type".into(), json!([name, "null"]));
    }
    if schema.contains_key("enum") && !list_at(schema, "enum").contains(&Value::Null) {
        list_at(schema, "enum").push(Value::Null);
    }
}

fn refuse_null(schema: &mut Object) {
    schema.shift_remove("nullable");
    if let Some(name) = type_of(schema).map(str::to_owned) {
        schema.insert("type".into(), json!(name));
    }
    if schema.contains_key("enum") {
        list_at(schema, "enum").retain(|value| !value.is_null());
    }
    if schema.get("default") == Some(&Value::Null) {
        schema.shift_remove("default");
    }
}

fn other_format(format: &str) -> &str {
    match format {
        "int32" => "int64",
        "int64" => "int32",
        "float" => "double",
        "double" => "float",
        "date-time" => "date",
        "uri" => "email",
        "uuid" => "date-time",
        _ => format,
    }
}
