//! Mutations of `enum` and `const`.

use serde_json::{Value, json};

use super::{
    super::{
        mutation::{
            Condition::{Has, HasElements, When},
            Edit::{Set, With},
            Mutation, length, list_at,
        },
        targets::Target::Schema,
    },
    kind::{is, is_nullable, is_open_string},
};

const NAMES: &str = "x-enum-varnames";

pub const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "enum value added",
        target: Schema,
        condition: When(|schema| is(schema, "string") && length(schema, "enum") > 0),
        edit: With(|schema, _| {
            list_at(schema, "enum").push(json!("SOMETHING_NEW"));
            if schema.contains_key(NAMES) {
                list_at(schema, NAMES).push(json!("SOMETHING_NEW"));
            }
        }),
    },
    Mutation {
        name: "enum value removed",
        target: Schema,
        condition: When(|schema| is(schema, "string") && length(schema, "enum") > 1),
        edit: With(|schema, draw| {
            let position = draw.below(length(schema, "enum"));
            list_at(schema, "enum").remove(position);
            if length(schema, NAMES) > position {
                list_at(schema, NAMES).remove(position);
            }
        }),
    },
    Mutation {
        name: "enum value renamed",
        target: Schema,
        condition: When(|schema| is(schema, "string") && length(schema, "enum") > 0),
        edit: With(|schema, draw| {
            let position = draw.below(length(schema, "enum"));
            list_at(schema, "enum")[position] = json!("SOMETHING_ELSE");
            schema.shift_remove("default");
        }),
    },
    Mutation {
        name: "order of enum values changed",
        target: Schema,
        condition: When(|schema| length(schema, "enum") > 1),
        edit: With(|schema, _| {
            list_at(schema, "enum").reverse();
            if schema.contains_key(NAMES) {
                list_at(schema, NAMES).reverse();
            }
        }),
    },
    Mutation {
        name: "enum removed",
        target: Schema,
        condition: When(|schema| schema.contains_key("enum") && schema.contains_key("type")),
        edit: With(|schema, _| {
            schema.shift_remove("enum");
            schema.shift_remove(NAMES);
        }),
    },
    Mutation {
        name: "enum added",
        target: Schema,
        condition: When(|schema| is_open_string(schema) && !schema.contains_key("format")),
        edit: With(|schema, _| {
            let null = is_nullable(schema).then_some(Value::Null);
            let values = [json!("ONE"), json!("TWO")].into_iter().chain(null);
            schema.insert("enum".into(), values.collect());
        }),
    },
    Mutation {
        name: "enum names changed",
        target: Schema,
        condition: HasElements(NAMES),
        edit: With(|schema, _| list_at(schema, NAMES)[0] = json!("ANOTHER_NAME")),
    },
    Mutation {
        name: "const added",
        target: Schema,
        condition: When(|schema| {
            is_open_string(schema) && schema["type"].is_string() && !schema.contains_key("format")
        }),
        edit: With(|schema, draw| {
            // 3.0 does not have `const`.
            let (keyword, value) =
                if draw.is_3_0 { ("enum", json!(["one"])) } else { ("const", json!("one")) };
            schema.insert(keyword.into(), value);
        }),
    },
    Mutation {
        name: "const changed",
        target: Schema,
        condition: Has("const"),
        edit: Set("const", || json!("another")),
    },
];
