//! Changes to what a schema says of a value.

use serde_json::{Value, json};

use super::{Draw, Kind, Object, Place::Schema, length, list};

/// The keywords that bound a value, with the type that they bound and a number that is a bound.
const BOUNDS: [(&str, &str, i64); 8] = [
    ("minimum", "integer", 1),
    ("maximum", "integer", 1000),
    ("minLength", "string", 1),
    ("maxLength", "string", 1000),
    ("minItems", "array", 1),
    ("maxItems", "array", 1000),
    ("minProperties", "object", 1),
    ("maxProperties", "object", 1000),
];
/// What says nothing any more once a value is of another type.
const OF_ITS_TYPE: [&str; 16] = [
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

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "type replaced",
        place: Schema,
        fits: |schema| is(schema, "string") || is(schema, "integer") || is(schema, "boolean"),
        edit: |schema, draw| {
            let others: Vec<_> =
                ["string", "integer", "boolean"].into_iter().filter(|it| !is(schema, it)).collect();
            OF_ITS_TYPE.iter().for_each(|key| {
                schema.shift_remove(*key);
            });
            let other = *draw.one_of(&others);
            set_type(schema, other);
        },
    },
    Kind {
        name: "integer became number",
        place: Schema,
        fits: |schema| is(schema, "integer") && !schema.contains_key("format"),
        edit: |schema, _| set_type(schema, "number"),
    },
    Kind {
        name: "number became integer",
        place: Schema,
        fits: |schema| {
            is(schema, "number")
                && !["format", "enum", "default"].iter().any(|key| schema.contains_key(*key))
        },
        edit: |schema, _| set_type(schema, "integer"),
    },
    Kind {
        name: "type dropped",
        place: Schema,
        fits: |schema| is(schema, "string") && !schema.contains_key("format"),
        edit: |schema, _| {
            OF_ITS_TYPE.iter().for_each(|key| {
                schema.shift_remove(*key);
            });
            schema.shift_remove("type");
            schema.shift_remove("nullable");
        },
    },
    Kind {
        name: "null let in",
        place: Schema,
        fits: |schema| {
            schema.get("type").is_some_and(Value::is_string)
                && schema["type"] != "null"
                && schema.get("nullable") != Some(&json!(true))
                && !schema.contains_key("const")
        },
        edit: let_null_in,
    },
    Kind {
        name: "null refused",
        place: Schema,
        fits: |schema| {
            schema.get("nullable") == Some(&json!(true)) && schema.contains_key("type")
                || schema
                    .get("type")
                    .and_then(Value::as_array)
                    .is_some_and(|all| all.len() == 2 && all.contains(&json!("null")))
        },
        edit: |schema, _| {
            schema.shift_remove("nullable");
            if let Some(name) = type_of(schema).map(str::to_owned) {
                schema.insert("type".into(), json!(name));
            }
            drop_nulls(schema);
        },
    },
    Kind {
        name: "second type let in",
        place: Schema,
        fits: |schema| {
            (is(schema, "string") || is(schema, "integer"))
                && schema["type"].is_string()
                && !schema.contains_key("enum")
        },
        edit: |schema, draw| {
            let first = schema["type"].clone();
            if draw.older {
                let branches = json!([{"type": first}, {"type": "boolean"}]);
                schema.shift_remove("type");
                schema.insert("oneOf".into(), branches);
            } else {
                schema.insert("type".into(), json!([first, "boolean"]));
            }
        },
    },
    Kind {
        name: "format added",
        place: Schema,
        fits: |schema| {
            !schema.contains_key("format")
                && (is(schema, "string") && !schema.contains_key("enum") || is(schema, "integer"))
        },
        edit: |schema, draw| {
            let formats: &[&str] = if is(schema, "string") {
                &["date-time", "uuid", "uri", "email"]
            } else {
                &["int32", "int64"]
            };
            let format = *draw.one_of(formats);
            schema.insert("format".into(), json!(format));
        },
    },
    Kind {
        name: "format removed",
        place: Schema,
        fits: |schema| schema.contains_key("format"),
        edit: |schema, _| {
            schema.shift_remove("format");
        },
    },
    Kind {
        name: "format changed",
        place: Schema,
        fits: |schema| {
            schema.get("format").and_then(Value::as_str).is_some_and(|it| other_format(it) != it)
        },
        edit: |schema, _| {
            let other = other_format(schema["format"].as_str().unwrap_or_default());
            schema.insert("format".into(), json!(other));
        },
    },
    Kind {
        name: "enum value added",
        place: Schema,
        fits: |schema| is(schema, "string") && length(schema, "enum") > 0,
        edit: |schema, _| {
            list(schema, "enum").push(json!("SOMETHING_NEW"));
            if schema.contains_key("x-enum-varnames") {
                list(schema, "x-enum-varnames").push(json!("SOMETHING_NEW"));
            }
        },
    },
    Kind {
        name: "enum value removed",
        place: Schema,
        fits: |schema| is(schema, "string") && length(schema, "enum") > 1,
        edit: |schema, draw| {
            let n = draw.below(length(schema, "enum"));
            list(schema, "enum").remove(n);
            if length(schema, "x-enum-varnames") > n {
                list(schema, "x-enum-varnames").remove(n);
            }
        },
    },
    Kind {
        name: "enum value renamed",
        place: Schema,
        fits: |schema| is(schema, "string") && length(schema, "enum") > 0,
        edit: |schema, draw| {
            let n = draw.below(length(schema, "enum"));
            list(schema, "enum")[n] = json!("SOMETHING_ELSE");
            schema.shift_remove("default");
        },
    },
    Kind {
        name: "enum values in another order",
        place: Schema,
        fits: |schema| length(schema, "enum") > 1,
        edit: |schema, _| {
            list(schema, "enum").reverse();
            if schema.contains_key("x-enum-varnames") {
                list(schema, "x-enum-varnames").reverse();
            }
        },
    },
    Kind {
        name: "enum dropped",
        place: Schema,
        fits: |schema| schema.contains_key("enum") && schema.contains_key("type"),
        edit: |schema, _| {
            schema.shift_remove("enum");
            schema.shift_remove("x-enum-varnames");
        },
    },
    Kind {
        name: "enum introduced",
        place: Schema,
        fits: |schema| is_open_text(schema) && !schema.contains_key("format"),
        edit: |schema, _| {
            let mut values = json!(["ONE", "TWO"]);
            if let Some(values) = values.as_array_mut().filter(|_| is_nullable(schema)) {
                values.push(Value::Null);
            }
            schema.insert("enum".into(), values);
        },
    },
    Kind {
        name: "enum names changed",
        place: Schema,
        fits: |schema| length(schema, "x-enum-varnames") > 0,
        edit: |schema, _| list(schema, "x-enum-varnames")[0] = json!("ANOTHER_NAME"),
    },
    Kind {
        name: "bound set",
        place: Schema,
        fits: |schema| bounds(schema, false).next().is_some() && !schema.contains_key("enum"),
        edit: |schema, draw| {
            let all: Vec<_> = bounds(schema, false).collect();
            let (keyword, number) = *draw.one_of(&all);
            schema.insert(keyword.into(), json!(number));
        },
    },
    Kind {
        name: "bound dropped",
        place: Schema,
        fits: |schema| bounds(schema, true).next().is_some(),
        edit: |schema, draw| {
            let all: Vec<_> = bounds(schema, true).collect();
            schema.shift_remove(draw.one_of(&all).0);
        },
    },
    Kind {
        name: "bound raised",
        place: Schema,
        fits: |schema| bounds(schema, true).next().is_some(),
        edit: |schema, draw| move_bound(schema, draw, 1),
    },
    Kind {
        name: "bound lowered",
        place: Schema,
        fits: |schema| bounds(schema, true).any(|(key, _)| schema[key].as_i64() > Some(0)),
        edit: |schema, draw| move_bound(schema, draw, -1),
    },
    Kind {
        name: "bound became exclusive",
        place: Schema,
        fits: |schema| schema.contains_key("minimum") && !schema.contains_key("exclusiveMinimum"),
        edit: |schema, draw| {
            if draw.older {
                schema.insert("exclusiveMinimum".into(), json!(true));
            } else if let Some(number) = schema.shift_remove("minimum") {
                schema.insert("exclusiveMinimum".into(), number);
            }
        },
    },
    Kind {
        name: "multipleOf set",
        place: Schema,
        fits: |schema| is(schema, "integer") && !schema.contains_key("multipleOf"),
        edit: |schema, _| {
            schema.insert("multipleOf".into(), json!(5));
        },
    },
    Kind {
        name: "uniqueItems set",
        place: Schema,
        fits: |schema| is(schema, "array") && !schema.contains_key("uniqueItems"),
        edit: |schema, _| {
            schema.insert("uniqueItems".into(), json!(true));
        },
    },
    Kind {
        name: "pattern added",
        place: Schema,
        fits: |schema| is_open_text(schema) && !schema.contains_key("pattern"),
        edit: |schema, _| {
            schema.insert("pattern".into(), json!("^[a-z]+$"));
        },
    },
    Kind {
        name: "pattern changed",
        place: Schema,
        fits: |schema| schema.contains_key("pattern"),
        edit: |schema, _| {
            schema.insert("pattern".into(), json!("^[a-z0-9]{3}$"));
        },
    },
    Kind {
        name: "pattern removed",
        place: Schema,
        fits: |schema| schema.contains_key("pattern"),
        edit: |schema, _| {
            schema.shift_remove("pattern");
        },
    },
    Kind {
        name: "default added",
        place: Schema,
        fits: |schema| !schema.contains_key("default") && a_default(schema).is_some(),
        edit: |schema, _| {
            if let Some(value) = a_default(schema) {
                schema.insert("default".into(), value);
            }
        },
    },
    Kind {
        name: "default changed",
        place: Schema,
        fits: |schema| {
            schema.contains_key("default")
                && a_default(schema).is_some_and(|value| value != schema["default"])
        },
        edit: |schema, _| {
            if let Some(value) = a_default(schema) {
                schema.insert("default".into(), value);
            }
        },
    },
    Kind {
        name: "default removed",
        place: Schema,
        fits: |schema| schema.contains_key("default"),
        edit: |schema, _| {
            schema.shift_remove("default");
        },
    },
    Kind {
        name: "alternative added",
        place: Schema,
        fits: |schema| alternatives(schema).is_some(),
        edit: |schema, _| {
            if let Some(keyword) = alternatives(schema) {
                list(schema, keyword).push(json!({"type": "boolean"}));
            }
        },
    },
    Kind {
        name: "alternative removed",
        place: Schema,
        fits: |schema| alternatives(schema).is_some_and(|keyword| length(schema, keyword) > 1),
        edit: |schema, draw| {
            if let Some(keyword) = alternatives(schema) {
                let n = draw.below(length(schema, keyword));
                list(schema, keyword).remove(n);
            }
        },
    },
    Kind {
        name: "oneOf and anyOf changed places",
        place: Schema,
        fits: |schema| alternatives(schema).is_some() && !schema.contains_key("discriminator"),
        edit: |schema, _| {
            if let Some(keyword) = alternatives(schema) {
                let other = if keyword == "oneOf" { "anyOf" } else { "oneOf" };
                super::rename(schema, keyword, other);
            }
        },
    },
    Kind {
        name: "became one of two",
        place: Schema,
        fits: |schema| is(schema, "object") || schema.contains_key("$ref"),
        edit: |schema, _| {
            let before = Value::Object(std::mem::take(schema));
            let other = json!({"type": "integer"});
            schema.insert("oneOf".into(), json!([before, other]));
        },
    },
    Kind {
        name: "const introduced",
        place: Schema,
        fits: |schema| {
            is_open_text(schema) && schema["type"].is_string() && !schema.contains_key("format")
        },
        edit: |schema, draw| {
            // 3.0 does not know it.
            let value = if draw.older { ("enum", json!(["one"])) } else { ("const", json!("one")) };
            schema.insert(value.0.into(), value.1);
        },
    },
    Kind {
        name: "const changed",
        place: Schema,
        fits: |schema| schema.contains_key("const"),
        edit: |schema, _| {
            schema.insert("const".into(), json!("another"));
        },
    },
    Kind {
        name: "discriminator dropped",
        place: Schema,
        fits: |schema| schema.contains_key("discriminator"),
        edit: |schema, _| {
            schema.shift_remove("discriminator");
        },
    },
    Kind {
        name: "part added to allOf",
        place: Schema,
        fits: |schema| is(schema, "object"),
        edit: |schema, _| {
            let part = json!({"type": "object", "required": ["something_new"],
                "properties": {"something_new": {"type": "string"}}});
            list(schema, "allOf").push(part);
        },
    },
    Kind {
        name: "part removed from allOf",
        place: Schema,
        fits: |schema| length(schema, "allOf") > 1,
        edit: |schema, draw| {
            let n = draw.below(length(schema, "allOf"));
            list(schema, "allOf").remove(n);
        },
    },
];

/// The type, null left aside.
fn type_of(schema: &Object) -> Option<&str> {
    match schema.get("type")? {
        Value::Array(all) => all.iter().filter_map(Value::as_str).find(|it| *it != "null"),
        one => one.as_str(),
    }
}

fn is(schema: &Object, name: &str) -> bool {
    type_of(schema) == Some(name)
}

fn is_open_text(schema: &Object) -> bool {
    is(schema, "string") && !schema.contains_key("enum") && !schema.contains_key("const")
}

fn is_nullable(schema: &Object) -> bool {
    schema.get("nullable") == Some(&json!(true)) || schema.get("type").is_some_and(Value::is_array)
}

/// Replaces the type and leaves null where it was let in.
fn set_type(schema: &mut Object, name: &str) {
    let value = match schema.get("type") {
        Some(Value::Array(all)) if all.contains(&json!("null")) => json!([name, "null"]),
        _ => json!(name),
    };
    schema.insert("type".into(), value);
}

fn let_null_in(schema: &mut Object, draw: &mut Draw<'_>) {
    if draw.older {
        schema.insert("nullable".into(), json!(true));
    } else {
        let name = schema["type"].clone();
        schema.insert("type".into(), json!([name, "null"]));
    }
    if schema.contains_key("enum") && !list(schema, "enum").contains(&Value::Null) {
        list(schema, "enum").push(Value::Null);
    }
}

fn drop_nulls(schema: &mut Object) {
    if schema.contains_key("enum") {
        list(schema, "enum").retain(|value| !value.is_null());
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

/// The bounds that are there, or those that could be, each with a number.
fn bounds(schema: &Object, there: bool) -> impl Iterator<Item = (&'static str, i64)> {
    BOUNDS
        .into_iter()
        .filter(move |(key, of, _)| {
            is(schema, of) && there == schema.get(*key).is_some_and(Value::is_i64)
        })
        .map(|(key, _, number)| (key, number))
}

fn move_bound(schema: &mut Object, draw: &mut Draw<'_>, by: i64) {
    let all: Vec<_> = bounds(schema, true).collect();
    let movable: Vec<_> =
        all.iter().filter(|(key, _)| by > 0 || schema[*key].as_i64() > Some(0)).collect();
    let key = draw.one_of(&movable).0;
    let moved = schema[key].as_i64().unwrap_or_default().saturating_add(by);
    schema.insert(key.into(), json!(moved));
}

/// A value that it could have for a default.
fn a_default(schema: &Object) -> Option<Value> {
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

fn alternatives(schema: &Object) -> Option<&'static str> {
    ["oneOf", "anyOf"].into_iter().find(|keyword| length(schema, keyword) > 0)
}
