//! Mutations of the properties of an object.

use serde_json::{Value, json};

use super::{
    mutation::{
        Condition::{HasMembers, When},
        Draw,
        Edit::{Set, With},
        Mutation, Object, has_members, length, list_at, members, object_at, rename,
    },
    targets::Target::Schema,
};

pub const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "property removed",
        target: Schema,
        condition: HasMembers("properties"),
        edit: With(|schema, draw| {
            let name = a_name(schema, draw);
            object_at(schema, "properties").shift_remove(&name);
            set_required(schema, &name, false);
        }),
    },
    Mutation {
        name: "optional property added",
        target: Schema,
        condition: HasMembers("properties"),
        edit: With(|schema, draw| add(schema, draw, false)),
    },
    Mutation {
        name: "required property added",
        target: Schema,
        condition: HasMembers("properties"),
        edit: With(|schema, draw| add(schema, draw, true)),
    },
    Mutation {
        name: "property renamed",
        target: Schema,
        condition: HasMembers("properties"),
        edit: With(|schema, draw| {
            let name = a_name(schema, draw);
            let other = format!("{name}_renamed");
            let required = is_required(schema, &name);
            rename(object_at(schema, "properties"), &name, &other);
            set_required(schema, &name, false);
            set_required(schema, &other, required);
        }),
    },
    Mutation {
        name: "property became required",
        target: Schema,
        condition: When(|schema| names(schema).any(|name| !is_required(schema, name))),
        edit: With(|schema, draw| toggle_required(schema, draw, false)),
    },
    Mutation {
        name: "property became optional",
        target: Schema,
        condition: When(|schema| names(schema).any(|name| is_required(schema, name))),
        edit: With(|schema, draw| toggle_required(schema, draw, true)),
    },
    Mutation {
        name: "property deprecated",
        target: Schema,
        condition: When(has_plain_property),
        edit: With(|schema, draw| mark(schema, draw, "deprecated")),
    },
    Mutation {
        name: "property became read-only",
        target: Schema,
        condition: When(has_plain_property),
        edit: With(|schema, draw| mark(schema, draw, "readOnly")),
    },
    Mutation {
        name: "property became write-only",
        target: Schema,
        condition: When(has_plain_property),
        edit: With(|schema, draw| mark(schema, draw, "writeOnly")),
    },
    Mutation {
        name: "additional properties forbidden",
        target: Schema,
        condition: When(|schema| {
            has_members(schema, "properties")
                && schema.get("additionalProperties") != Some(&json!(false))
        }),
        edit: Set("additionalProperties", || json!(false)),
    },
    Mutation {
        name: "additional properties allowed",
        target: Schema,
        condition: When(|schema| {
            let additional = schema.get("additionalProperties");
            additional.is_some_and(|it| *it != json!(true) && *it != json!({}))
        }),
        edit: With(|schema, draw| {
            schema.shift_remove("additionalProperties");
            if draw.below(2) == 0 {
                schema.insert("additionalProperties".into(), json!(true));
            }
        }),
    },
    Mutation {
        name: "additional properties restricted to strings",
        target: Schema,
        condition: When(|schema| {
            has_members(schema, "properties") && !schema.contains_key("additionalProperties")
        }),
        edit: Set("additionalProperties", || json!({"type": "string"})),
    },
];

fn has_plain_property(schema: &Object) -> bool {
    members(schema, "properties").is_some_and(|all| all.values().any(is_plain))
}

/// Whether a property is not a reference, whose siblings 3.0 ignores, and has none of the flags.
fn is_plain(property: &Value) -> bool {
    property.is_object()
        && ["$ref", "deprecated", "readOnly", "writeOnly"]
            .iter()
            .all(|key| property.get(key).is_none())
}

fn names(schema: &Object) -> impl Iterator<Item = &str> {
    members(schema, "properties").into_iter().flat_map(|all| all.keys().map(String::as_str))
}

fn a_name(schema: &Object, draw: &mut Draw<'_>) -> String {
    let names: Vec<_> = names(schema).collect();
    (*draw.one_of(&names)).to_owned()
}

fn is_required(schema: &Object, name: &str) -> bool {
    let required = schema.get("required").and_then(Value::as_array);
    required.is_some_and(|all| all.iter().any(|it| it == name))
}

fn set_required(schema: &mut Object, name: &str, required: bool) {
    if required {
        list_at(schema, "required").push(json!(name));
    } else if is_required(schema, name) {
        list_at(schema, "required").retain(|it| it != name);
        if length(schema, "required") == 0 {
            // 3.0 forbids an empty list.
            schema.shift_remove("required");
        }
    }
}

fn add(schema: &mut Object, draw: &mut Draw<'_>, required: bool) {
    let name = draw.one_of(&["string", "integer", "boolean"]);
    object_at(schema, "properties").insert("something_new".into(), json!({"type": name}));
    set_required(schema, "something_new", required);
}

fn toggle_required(schema: &mut Object, draw: &mut Draw<'_>, required: bool) {
    let names: Vec<_> = names(schema)
        .filter(|name| is_required(schema, name) == required)
        .map(str::to_owned)
        .collect();
    let name = draw.one_of(&names).clone();
    set_required(schema, &name, !required);
}

fn mark(schema: &mut Object, draw: &mut Draw<'_>, keyword: &str) {
    let properties = object_at(schema, "properties");
    let plain: Vec<_> = properties
        .iter()
        .filter(|(_, value)| is_plain(value))
        .map(|(name, _)| name.clone())
        .collect();
    let name = draw.one_of(&plain);
    object_at(properties, name).insert(keyword.to_owned(), json!(true));
}
