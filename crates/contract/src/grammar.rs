//! The grammar of an OpenAPI document: what kind of object each key holds.

use serde_json::Value;

use Kind::*;

use crate::json::{elements, join, members};

/// The HTTP methods that a path item may have, in the specification's order.
pub const METHODS: [&str; 8] =
    ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// The sections of `components`.
pub const SECTIONS: [&str; 10] = [
    "schemas",
    "responses",
    "parameters",
    "examples",
    "requestBodies",
    "headers",
    "securitySchemes",
    "links",
    "callbacks",
    "pathItems",
];

/// What a value of a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The whole document.
    Root,
    /// `paths` or `webhooks`: path items by path or by name.
    Paths,
    /// A path item.
    PathItem,
    /// An operation.
    Operation,
    /// A list of parameters.
    Parameters,
    /// A parameter.
    Parameter,
    /// A request body.
    RequestBody,
    /// Responses by status.
    Responses,
    /// A response.
    Response,
    /// Headers by name.
    Headers,
    /// A header.
    Header,
    /// Media types by name.
    Content,
    /// A media type.
    MediaType,
    /// Encodings by property.
    Encodings,
    /// The encoding of a property.
    Encoding,
    /// Callbacks by name.
    Callbacks,
    /// A callback: path items by expression.
    Callback,
    /// `components`.
    Components,
    /// A section of `components`: objects by name.
    Section(&'static str),
    /// A security scheme.
    SecurityScheme,
    /// Schemas by name.
    SchemaMap,
    /// A list of schemas.
    SchemaList,
    /// A schema.
    Schema,
    /// A plain value, or an object that the grammar does not describe.
    Data,
}

/// A value of a document.
#[derive(Clone, Debug)]
pub struct Node<'a> {
    /// What it is.
    pub kind: Kind,
    /// Its JSON pointer.
    pub pointer: String,
    /// The value.
    pub value: &'a Value,
    /// The position of the containing node in the list of [`nodes`].
    pub parent: Option<usize>,
    /// Its key in the containing node.
    pub key: String,
}

impl Kind {
    /// The kind of the member or element with this key.
    pub fn child(self, key: &str) -> Self {
        match (self, key) {
            (Root, "paths" | "webhooks") => Paths,
            (Root, "components") => Components,
            (Paths, path) if !path.starts_with("x-") => PathItem,
            (PathItem, method) if METHODS.contains(&method) => Operation,
            (PathItem | Operation, "parameters") => Parameters,
            (Parameters, _) => Parameter,
            (Operation, "requestBody") => RequestBody,
            (Operation, "responses") => Responses,
            (Operation, "callbacks") => Callbacks,
            (Responses, status) if !status.starts_with("x-") => Response,
            (Callbacks, _) => Callback,
            (Callback, expression) if !expression.starts_with("x-") => PathItem,
            (Parameter | Header | MediaType, "schema") => Schema,
            (Parameter | Header | RequestBody | Response, "content") => Content,
            (Content, _) => MediaType,
            (MediaType, "encoding") => Encodings,
            (Encodings, _) => Encoding,
            (Response | Encoding, "headers") => Headers,
            (Headers, _) => Header,
            (Components, name) => {
                SECTIONS.into_iter().find(|known| *known == name).map_or(Data, Section)
            }
            (Section(name), _) => component(name),
            (SchemaMap | SchemaList, _) => Schema,
            (Schema, keyword) => subschema(keyword),
            _ => Data,
        }
    }
}

/// All values of a document, each before its members and elements. References are not followed:
/// their targets are in the list themselves.
///
/// The siblings of a `$ref` are not read, except in schemas, and [`Kind::Data`] is not entered.
pub fn nodes(document: &Value) -> Vec<Node<'_>> {
    let mut nodes = Vec::new();
    let root = Node {
        kind: Root,
        pointer: String::new(),
        value: document,
        parent: None,
        key: String::new(),
    };
    let mut pending = vec![root];
    while let Some(node) = pending.pop() {
        let parent = Some(nodes.len());
        let child = |(key, value): (String, _)| Node {
            kind: node.kind.child(&key),
            pointer: join(&node.pointer, &key),
            value,
            parent,
            key,
        };
        pending.extend(children(&node).into_iter().rev().map(child));
        nodes.push(node);
    }
    nodes
}

fn children<'a>(node: &Node<'a>) -> Vec<(String, &'a Value)> {
    match node.value {
        _ if node.kind == Data => Vec::new(),
        Value::Object(object) if node.kind != Schema && object.contains_key("$ref") => Vec::new(),
        Value::Object(_) => members(node.value).map(|(key, value)| (key.clone(), value)).collect(),
        value => {
            let elements = elements(value).iter().enumerate();
            elements.map(|(position, value)| (position.to_string(), value)).collect()
        }
    }
}

fn component(section: &str) -> Kind {
    match section {
        "schemas" => Schema,
        "responses" => Response,
        "parameters" => Parameter,
        "requestBodies" => RequestBody,
        "headers" => Header,
        "securitySchemes" => SecurityScheme,
        "callbacks" => Callback,
        "pathItems" => PathItem,
        _ => Data,
    }
}

fn subschema(keyword: &str) -> Kind {
    match keyword {
        "items"
        | "not"
        | "additionalProperties"
        | "propertyNames"
        | "contains"
        | "if"
        | "then"
        | "else"
        | "unevaluatedItems"
        | "unevaluatedProperties"
        | "contentSchema" => Schema,
        "allOf" | "anyOf" | "oneOf" | "prefixItems" => SchemaList,
        "properties" | "patternProperties" | "$defs" | "dependentSchemas" => SchemaMap,
        _ => Data,
    }
}
