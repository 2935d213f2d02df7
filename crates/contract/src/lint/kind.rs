//! What stands where in a document: the specification's objects, as far as the rules tell them apart.

use Kind::*;

/// What a value of the document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Root,
    Paths,
    PathItem,
    Operation,
    Parameters,
    Parameter,
    RequestBody,
    Responses,
    Response,
    Headers,
    Header,
    Content,
    MediaType,
    Callbacks,
    Callback,
    Components,
    ComponentMap(&'static str),
    SecurityScheme,
    SchemaMap,
    SchemaList,
    Schema,
    /// Values, and objects that no rule looks into.
    Data,
}

/// The rooms of `components` that hold what can be referred to.
pub(super) const ROOMS: [&str; 10] = [
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

impl Kind {
    /// What stands under a key of it, or is an element of it.
    pub fn child(self, key: &str) -> Self {
        match (self, key) {
            (Root, "paths" | "webhooks") => Paths,
            (Root, "components") => Components,
            (Paths, path) if !path.starts_with("x-") => PathItem,
            (PathItem, method) if crate::METHODS.contains(&method) => Operation,
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
            (Response, "headers") => Headers,
            (Headers, _) => Header,
            (Components, room) => {
                ROOMS.into_iter().find(|known| *known == room).map_or(Data, ComponentMap)
            }
            (ComponentMap(room), _) => component(room),
            (
                Schema,
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
                | "contentSchema",
            ) => Schema,
            (Schema, "allOf" | "anyOf" | "oneOf" | "prefixItems") => SchemaList,
            (Schema, "properties" | "patternProperties" | "$defs" | "dependentSchemas") => {
                SchemaMap
            }
            (SchemaMap | SchemaList, _) => Schema,
            _ => Data,
        }
    }
}

fn component(room: &str) -> Kind {
    match room {
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
