//! Mutations of descriptions, of order and of form, which change no request and no response.

use runledger_contract::grammar::{Kind, Node, nodes};
use serde_json::{Value, json};

use super::{
    mutation::{
        Condition::{Always, HasMembers, Lacks, When},
        Edit::{Set, With},
        Mutation, Object, has_members, members, object_at, rename,
    },
    targets::Target::{Operation, Parameter, Root, Schema},
};

pub const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "order of keys changed",
        target: Root,
        condition: Always,
        edit: With(|root, _| {
            if let Value::Object(reversed) = reversed(Value::Object(std::mem::take(root))) {
                *root = reversed;
            }
        }),
    },
    Mutation {
        name: "description of the document changed",
        target: Root,
        condition: HasMembers("info"),
        edit: With(|root, _| {
            object_at(root, "info").insert("description".into(), description());
        }),
    },
    Mutation {
        name: "description of an operation changed",
        target: Operation,
        condition: Always,
        edit: Set("description", description),
    },
    Mutation {
        name: "description of a parameter changed",
        target: Parameter,
        condition: Always,
        edit: Set("description", description),
    },
    Mutation {
        name: "description of a schema changed",
        target: Schema,
        condition: Lacks("$ref"),
        edit: Set("description", description),
    },
    Mutation {
        name: "example of a schema changed",
        target: Schema,
        condition: When(|it| it.get("type") == Some(&json!("string")) && !it.contains_key("enum")),
        edit: Set("example", || json!("another example")),
    },
    Mutation {
        name: "extension added",
        target: Schema,
        condition: Lacks("$ref"),
        edit: Set("x-something", || json!({"new": true})),
    },
    Mutation {
        name: "null moved to an alternative",
        target: Schema,
        condition: When(|schema| {
            schema
                .get("type")
                .and_then(Value::as_array)
                .is_some_and(|all| all.len() == 2 && all[1] == "null")
                && !schema.contains_key("enum")
        }),
        edit: With(|schema, _| {
            let mut before = std::mem::take(schema);
            let name = before["type"][0].clone();
            before.insert("type".into(), name);
            schema.insert("oneOf".into(), json!([before, {"type": "null"}]));
        }),
    },
    Mutation {
        name: "schema wrapped in allOf",
        target: Schema,
        condition: When(|schema| {
            schema.contains_key("$ref") || schema.get("type") == Some(&json!("object"))
        }),
        edit: With(|schema, _| {
            let before = Value::Object(std::mem::take(schema));
            schema.insert("allOf".into(), json!([before]));
        }),
    },
    Mutation {
        name: "schema moved to components",
        target: Root,
        condition: When(|root| first_inline(root).is_some()),
        edit: With(|root, _| {
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
        }),
    },
    Mutation {
        name: "component renamed",
        target: Root,
        condition: When(|root| {
            members(root, "components").is_some_and(|it| has_members(it, "schemas"))
        }),
        edit: With(|root, draw| {
            let schemas = object_at(object_at(root, "components"), "schemas");
            let name = draw.key(schemas);
            rename(schemas, &name, "Renamed");
            let old = format!("#/components/schemas/{name}");
            root.values_mut().for_each(|it| redirect(it, &old, "#/components/schemas/Renamed"));
        }),
    },
    Mutation {
        name: "component added",
        target: Root,
        condition: Always,
        edit: With(|root, _| {
            let schema = json!({"type": "object"});
            let schemas = object_at(object_at(root, "components"), "schemas");
            schemas.insert("SomethingNew".into(), schema);
        }),
    },
];

fn description() -> Value {
    json!("Other words")
}

fn reversed(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            members.into_iter().rev().map(|(key, value)| (key, reversed(value))).collect()
        }
        Value::Array(elements) => elements.into_iter().map(reversed).collect(),
        other => other,
    }
}

/// The pointer of the first schema of a response that is not a component.
fn first_inline(root: &Object) -> Option<String> {
    let document = json!({ "paths": members(root, "paths")? });
    let nodes = nodes(&document);
    let of_response = |node: &Node<'_>| {
        node.kind == Kind::Schema
            && node.parent.is_some_and(|parent| nodes[parent].kind == Kind::MediaType)
            && node.pointer.contains("/responses/")
    };
    let mut schemas = nodes.iter().filter(|node| of_response(node));
    let found = schemas.find(|schema| schema.value.get("$ref").is_none());
    found.map(|node| node.pointer.clone())
}

/// Replaces a reference everywhere, also in the mapping of a discriminator.
fn redirect(value: &mut Value, old: &str, new: &str) {
    match value {
        Value::Object(members) => members.values_mut().for_each(|it| redirect(it, old, new)),
        Value::Array(elements) => elements.iter_mut().for_each(|it| redirect(it, old, new)),
        Value::String(text) if text == old => *text = new.to_owned(),
        _ => {}
    }
}
