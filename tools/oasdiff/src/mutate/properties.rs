//! Changes to the properties of an object.

use serde_json::{Value, json};

use super::{Draw, Kind, Object, Place::Schema, filled, length, list, rename, within};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "property removed",
        place: Schema,
        fits: has_properties,
        edit: |schema, draw| {
            let name = a_name(schema, draw);
            within(schema, "properties").shift_remove(&name);
            set_required(schema, &name, false);
        },
    },
    Kind {
        name: "optional property added",
        place: Schema,
        fits: has_properties,
        edit: |schema, draw| add(schema, draw, false),
    },
    Kind {
        name: "required property added",
        place: Schema,
        fits: has_properties,
        edit: |schema, draw| add(schema, draw, true),
    },
    Kind {
        name: "property renamed",
        place: Schema,
        fits: has_properties,
        edit: |schema, draw| {
            let name = a_name(schema, draw);
            let other = format!("{name}_renamed");
            let required = is_required(schema, &name);
            rename(within(schema, "properties"), &name, &other);
            set_required(schema, &name, false);
            set_required(schema, &other, required);
        },
    },
    Kind {
        name: "property became required",
        place: Schema,
        fits: |schema| names(schema).any(|name| !is_required(schema, name)),
        edit: |schema, draw| toggle(schema, draw, false),
    },
    Kind {
        name: "property became optional",
        place: Schema,
        fits: |schema| names(schema).any(|name| is_required(schema, name)),
        edit: |schema, draw| toggle(schema, draw, true),
    },
    Kind {
        name: "property deprecated",
        place: Schema,
        fits: has_own_property,
        edit: |schema, draw| mark(schema, draw, "deprecated"),
    },
    Kind {
        name: "property became read-only",
        place: Schema,
        fits: has_own_property,
        edit: |schema, draw| mark(schema, draw, "readOnly"),
    },
    Kind {
        name: "property became write-only",
        place: Schema,
        fits: has_own_property,
        edit: |schema, draw| mark(schema, draw, "writeOnly"),
    },
    Kind {
        name: "further properties refused",
        place: Schema,
        fits: |schema| {
            has_properties(schema) && schema.get("additionalProperties") != Some(&json!(false))
        },
        edit: |schema, _| {
            schema.insert("additionalProperties".into(), json!(false));
        },
    },
    Kind {
        name: "further properties let through",
        place: Schema,
        fits: |schema| {
            schema
                .get("additionalProperties")
                .is_some_and(|it| *it != json!(true) && *it != json!({}))
        },
        edit: |schema, draw| {
            schema.shift_remove("additionalProperties");
            if draw.below(2) == 0 {
                schema.insert("additionalProperties".into(), json!(true));
            }
        },
    },
    Kind {
        name: "further properties are strings",
        place: Schema,
        fits: |schema| has_properties(schema) && !schema.contains_key("additionalProperties"),
        edit: |schema, _| {
            schema.insert("additionalProperties".into(), json!({"type": "string"}));
        },
    },
];

fn has_properties(schema: &Object) -> bool {
    filled(schema, "properties").is_some()
}

/// Whether a property says itself what it is; beside a reference, 3.0 ignores all other words.
fn has_own_property(schema: &Object) -> bool {
    filled(schema, "properties").is_some_and(|all| all.values().any(is_own))
}

fn is_own(property: &Value) -> bool {
    property.is_object()
        && ["$ref", "deprecated", "readOnly", "writeOnly"]
            .iter()
            .all(|key| property.get(key).is_none())
}

fn names(schema: &Object) -> impl Iterator<Item = &str> {
    filled(schema, "properties").into_iter().flat_map(|all| all.keys().map(String::as_str))
}

fn a_name(schema: &Object, draw: &mut Draw<'_>) -> String {
    let names: Vec<_> = names(schema).collect();
    (*draw.one_of(&names)).to_owned()
}

fn is_required(schema: &Object, name: &str) -> bool {
    schema
        .get("required")
        .and_then(Value::as_array)
        .is_some_and(|all| all.iter().any(|it| it == name))
}

fn set_required(schema: &mut Object, name: &str, required: bool) {
    if required {
        list(schema, "required").push(json!(name));
    } else if is_required(schema, name) {
        list(schema, "required").retain(|it| it != name);
        if length(schema, "required") == 0 {
            // In 3.0, the list may not be empty.
            schema.shift_remove("required");
        }
    }
}

fn add(schema: &mut Object, draw: &mut Draw<'_>, required: bool) {
    let one = draw.one_of(&["string", "integer", "boolean"]);
    within(schema, "properties").insert("something_new".into(), json!({"type": one}));
    set_required(schema, "something_new", required);
}

fn toggle(schema: &mut Object, draw: &mut Draw<'_>, required: bool) {
    let names: Vec<_> = names(schema)
        .filter(|name| is_required(schema, name) == required)
        .map(str::to_owned)
        .collect();
    let name = draw.one_of(&names).clone();
    set_required(schema, &name, !required);
}

fn mark(schema: &mut Object, draw: &mut Draw<'_>, keyword: &str) {
    let properties = within(schema, "properties");
    let own: Vec<_> = properties
        .iter()
        .filter(|(_, value)| is_own(value))
        .map(|(name, _)| name.clone())
        .collect();
    let name = draw.one_of(&own);
    within(properties, name).insert(keyword.to_owned(), json!(true));
}
