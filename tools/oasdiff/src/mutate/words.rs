//! Changes of words, of order, and of the way in which one thing is written: on the wire, nothing changes.

use serde_json::{Value, json};

use super::{
    Kind, Object,
    Place::{Operation, Parameter, Root, Schema},
    filled,
    places::escape,
    rename, within,
};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "keys in another order",
        place: Root,
        fits: |_| true,
        edit: |root, _| {
            let reversed = in_another_order(Value::Object(std::mem::take(root)));
            if let Value::Object(reversed) = reversed {
                *root = reversed;
            }
        },
    },
    Kind {
        name: "description of the document changed",
        place: Root,
        fits: |root| filled(root, "info").is_some(),
        edit: |root, _| {
            within(root, "info").insert("description".into(), json!("Other words"));
        },
    },
    Kind {
        name: "description of an operation changed",
        place: Operation,
        fits: |_| true,
        edit: describe,
    },
    Kind {
        name: "description of a parameter changed",
        place: Parameter,
        fits: |_| true,
        edit: describe,
    },
    Kind {
        name: "description of a schema changed",
        place: Schema,
        fits: |schema| !schema.contains_key("$ref"),
        edit: describe,
    },
    Kind {
        name: "example of a schema changed",
        place: Schema,
        fits: |schema| schema.get("type") == Some(&json!("string")) && !schema.contains_key("enum"),
        edit: |schema, _| {
            schema.insert("example".into(), json!("another example"));
        },
    },
    Kind {
        name: "extension added",
        place: Schema,
        fits: |schema| !schema.contains_key("$ref"),
        edit: |schema, _| {
            schema.insert("x-something".into(), json!({"new": true}));
        },
    },
    Kind {
        name: "null as an alternative",
        place: Schema,
        fits: |schema| {
            schema
                .get("type")
                .and_then(Value::as_array)
                .is_some_and(|all| all.len() == 2 && all[1] == "null")
                && !schema.contains_key("enum")
        },
        edit: |schema, _| {
            let mut before = std::mem::take(schema);
            let name = before["type"][0].clone();
            before.insert("type".into(), name);
            schema.insert("oneOf".into(), json!([before, {"type": "null"}]));
        },
    },
    Kind {
        name: "wrapped in allOf",
        place: Schema,
        fits: |schema| schema.contains_key("$ref") || schema.get("type") == Some(&json!("object")),
        edit: |schema, _| {
            let before = Value::Object(std::mem::take(schema));
            schema.insert("allOf".into(), json!([before]));
        },
    },
    Kind {
        name: "schema moved to components",
        place: Root,
        fits: |root| first_inline(root).is_some(),
        edit: |root, _| {
            let Some(pointer) = first_inline(root) else { return };
            let mut document = Value::Object(std::mem::take(root));
            if let Some(schema) = document.pointer_mut(&pointer) {
                let reference = json!({"$ref": "#/components/schemas/SomethingNew"});
                let schema = std::mem::replace(schema, reference);
                document["components"]["schemas"]["SomethingNew"] = schema;
            }
            if let Value::Object(document) = document {
                *root = document;
            }
        },
    },
    Kind {
        name: "component renamed",
        place: Root,
        fits: |root| filled(root, "components").and_then(|it| filled(it, "schemas")).is_some(),
        edit: |root, draw| {
            let schemas = within(within(root, "components"), "schemas");
            let name = draw.key(schemas);
            rename(schemas, &name, "Renamed");
            let old = format!("#/components/schemas/{name}");
            root.values_mut().for_each(|it| redirect(it, &old, "#/components/schemas/Renamed"));
        },
    },
    Kind {
        name: "component added",
        place: Root,
        fits: |_| true,
        edit: |root, _| {
            let schema = json!({"type": "object"});
            within(within(root, "components"), "schemas").insert("SomethingNew".into(), schema);
        },
    },
];

fn describe(object: &mut Object, _: &mut super::Draw<'_>) {
    object.insert("description".into(), json!("Other words"));
}

fn in_another_order(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            members.into_iter().rev().map(|(key, value)| (key, in_another_order(value))).collect()
        }
        Value::Array(elements) => elements.into_iter().map(in_another_order).collect(),
        other => other,
    }
}

/// A schema of an answer that is written where it is used.
fn first_inline(root: &Object) -> Option<String> {
    for (path, item) in filled(root, "paths")? {
        for (method, operation) in item.as_object()? {
            for (status, response) in operation["responses"].as_object().into_iter().flatten() {
                for (media, value) in response["content"].as_object().into_iter().flatten() {
                    if value.get("schema").is_some_and(|it| it.get("$ref").is_none()) {
                        let keys = [path, method, "responses", status, "content", media];
                        let keys: Vec<_> = keys.into_iter().map(escape).collect();
                        return Some(format!("/paths/{}/schema", keys.join("/")));
                    }
                }
            }
        }
    }
    None
}

/// Replaces a reference wherever it stands; a discriminator's mapping holds it without `$ref`.
fn redirect(value: &mut Value, old: &str, new: &str) {
    match value {
        Value::Object(members) => members.values_mut().for_each(|it| redirect(it, old, new)),
        Value::Array(elements) => elements.iter_mut().for_each(|it| redirect(it, old, new)),
        Value::String(text) if text == old => *text = new.to_owned(),
        _ => {}
    }
}
