//! One of the two compared documents, and the direction in which a value is sent.

use serde_json::{Map, Value};

use super::{equality::is_annotation, location::Location};
use crate::{document::Document, json::elements, nullability::Nulls, rule::Rule};

/// One of the two compared documents.
pub struct Side<'a> {
    pub document: &'a Document,
    pub is_3_0: bool,
    pub nulls: Nulls<'a>,
}

/// The direction in which a value is sent. A change that is compatible in one direction is often
/// breaking in the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the client to the server: in a request, or in the response to a callback or webhook.
    Request,
    /// From the server to the client: in a response, or in the request of a callback or webhook.
    Response,
}

impl<'a> Side<'a> {
    pub fn of(document: &'a Document) -> Self {
        Self { document, is_3_0: document.is_3_0(), nulls: Nulls::new(document.root()) }
    }

    /// The target of a value that may be a reference.
    pub fn follow(&self, location: Location<'a>) -> Location<'a> {
        let (value, pointer) = self.document.follow(location.value, &location.pointer);
        Location::new(value, pointer)
    }

    /// Follows a reference without restricting siblings, so that all its users share one pair.
    pub fn follow_plain(&self, mut schemas: Vec<Location<'a>>) -> Vec<Location<'a>> {
        if let [schema] = schemas.as_mut_slice()
            && schema.value.get("$ref").is_some()
            && schema.value.as_object().is_some_and(|object| {
                self.is_3_0 || object.keys().all(|key| key == "$ref" || is_annotation(key))
            })
        {
            *schema = self.follow(schema.clone());
        }
        schemas
    }

    /// The target of the schema's own reference.
    pub fn referred(&self, schema: &'a Map<String, Value>) -> Option<(&'a Value, String)> {
        self.document.target(schema.get("$ref")?.as_str()?)
    }

    /// Whether a property does not occur in this direction: `readOnly` ones are not sent in
    /// requests, and `writeOnly` ones are not sent in responses.
    pub fn is_hidden(&self, property: &'a Value, direction: Direction) -> bool {
        let keyword = match direction {
            Direction::Request => "readOnly",
            Direction::Response => "writeOnly",
        };
        let is_set = |schema: &Value| schema.get(keyword) == Some(&Value::Bool(true));
        let follow = |schema: &'a Value| self.document.follow(schema, "").0;
        let branches = property.get("allOf").map(elements).unwrap_or_default();
        is_set(property)
            || is_set(follow(property))
            || branches.iter().any(|branch| is_set(follow(branch)))
    }
}

impl Direction {
    pub fn flipped(self) -> Self {
        match self {
            Self::Request => Self::Response,
            Self::Response => Self::Request,
        }
    }

    /// The rule that applies in this direction.
    pub fn rule(self, request: &'static Rule, response: &'static Rule) -> &'static Rule {
        match self {
            Self::Request => request,
            Self::Response => response,
        }
    }
}
