//! Mutations of `oneOf`, `anyOf`, `allOf` and `discriminator`.

use serde_json::{Value, json};

use super::{
    super::{
        mutation::{
            Condition::{Has, When},
            Edit::{Remove, With},
            Mutation, Object, length, list_at, rename,
        },
        targets::Target::Schema,
    },
    kind::is,
};

pub const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "alternative added",
        target: Schema,
        condition: When(|schema| alternatives(schema).is_some()),
        edit: With(|schema, _| {
            if let Some(keyword) = alternatives(schema) {
                list_at(schema, keyword).push(json!({"type": "boolean"}));
            }
        }),
    },
    Mutation {
        name: "alternative removed",
        target: Schema,
        condition: When(|it| alternatives(it).is_some_and(|keyword| length(it, keyword) > 1)),
        edit: With(|schema, draw| {
            if let Some(keyword) = alternatives(schema) {
                let position = draw.below(length(schema, keyword));
                list_at(schema, keyword).remove(position);
            }
        }),
    },
    Mutation {
        name: "oneOf and anyOf exchanged",
        target: Schema,
        condition: When(|it| alternatives(it).is_some() && !it.contains_key("discriminator")),
        edit: With(|schema, _| {
            if let Some(keyword) = alternatives(schema) {
                let other = if keyword == "oneOf" { "anyOf" } else { "oneOf" };
                rename(schema, keyword, other);
            }
        }),
    },
    Mutation {
        name: "schema became one of two alternatives",
        target: Schema,
        condition: When(|schema| is(schema, "object") || schema.contains_key("$ref")),
        edit: With(|schema, _| {
            let before = Value::Object(std::mem::take(schema));
            schema.insert("oneOf".into(), json!([before, {"type": "integer"}]));
        }),
    },
    Mutation {
        name: "discriminator removed",
        target: Schema,
        condition: Has("discriminator"),
        edit: Remove("discriminator"),
    },
    Mutation {
        name: "branch of allOf added",
        target: Schema,
        condition: When(|schema| is(schema, "object")),
        edit: With(|schema, _| {
            let branch = json!({"type": "object", "required": ["something_new"],
                "properties": {"something_new": {"type": "string"}}});
            list_at(schema, "allOf").push(branch);
        }),
    },
    Mutation {
        name: "branch of allOf removed",
        target: Schema,
        condition: When(|schema| length(schema, "allOf") > 1),
        edit: With(|schema, draw| {
            let position = draw.below(length(schema, "allOf"));
            list_at(schema, "allOf").remove(position);
        }),
    },
];

fn alternatives(schema: &Object) -> Option<&'static str> {
    ["oneOf", "anyOf"].into_iter().find(|keyword| length(schema, keyword) > 0)
}
