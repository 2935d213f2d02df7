//! OpenAPI documents, and how they are read.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use crate::{
    grammar::METHODS,
    json::{join, members, resolve},
};

/// The longest chain of references that is followed.
const MAX_HOPS: usize = 64;

/// A document of OpenAPI 3.
#[derive(Clone, Debug)]
pub struct Document {
    root: Value,
}

/// Why a document cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The text is neither valid JSON nor valid YAML, or it is nested too deeply.
    #[error("not valid JSON or YAML: {0}")]
    Syntax(String),
    /// The text is valid, but not a document of OpenAPI 3.
    #[error("not a document of OpenAPI 3: {0}")]
    NotOpenApi(String),
}

/// An operation of a document.
#[derive(Clone, Debug)]
pub struct Operation<'a> {
    /// The path, with its parameters in braces; for a webhook, its name.
    pub path: &'a str,
    /// The HTTP method in lower case.
    pub method: &'a str,
    /// The JSON pointer of the operation.
    pub pointer: String,
    /// The operation object.
    pub value: &'a Value,
    /// The path item that contains the operation, and its JSON pointer.
    pub item: (&'a Value, String),
}

impl Operation<'_> {
    /// The method and the path, such as `GET /v1/executions`.
    pub fn name(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.path)
    }
}

impl Document {
    /// Reads a document written in JSON or YAML.
    ///
    /// # Errors
    /// If the text is neither, is nested more than 127 levels deep, or is not a document of OpenAPI
    /// 3.
    pub fn read(text: &str) -> Result<Self, ReadError> {
        let root = if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map_err(|error| ReadError::Syntax(error.to_string()))?
        } else {
            serde_saphyr::from_str(text).map_err(|error| ReadError::Syntax(error.to_string()))?
        };
        Self::new(root)
    }

    /// Checks that a value is a document of OpenAPI 3.
    ///
    /// # Errors
    /// If it is not an object, or its `openapi` is not a version of OpenAPI 3.
    pub fn new(root: Value) -> Result<Self, ReadError> {
        let wrong = |what: &str| Err(ReadError::NotOpenApi(what.to_owned()));
        match root.get("openapi").map(|version| version.as_str().unwrap_or_default()) {
            Some(version) if version.starts_with("3.") => Ok(Self { root }),
            Some(version) => wrong(&format!("its version is {version:?}, not 3.0 or 3.1")),
            None if !root.is_object() => wrong("it is not an object"),
            None if root.get("swagger").is_some() => {
                wrong("it is Swagger 2.0; convert it to OpenAPI 3 first")
            }
            None => wrong("the key `openapi` is missing"),
        }
    }

    /// The whole document.
    pub fn root(&self) -> &Value {
        &self.root
    }

    /// `info.version`; empty if it is missing.
    pub fn version(&self) -> &str {
        self.root["info"]["version"].as_str().unwrap_or_default()
    }

    /// Whether the document is written in OpenAPI 3.0, with `nullable` and boolean exclusive
    /// bounds.
    pub fn is_3_0(&self) -> bool {
        self.root["openapi"].as_str().is_some_and(|version| version.starts_with("3.0"))
    }

    /// The operations in `paths`, in the document's order.
    pub fn operations(&self) -> Vec<Operation<'_>> {
        self.operations_in("paths")
    }

    /// The operations in `webhooks`, in the document's order. The server sends their requests.
    pub fn webhooks(&self) -> Vec<Operation<'_>> {
        self.operations_in("webhooks")
    }

    fn operations_in(&self, section: &str) -> Vec<Operation<'_>> {
        let mut operations = Vec::new();
        for (path, item) in members(&self.root[section]) {
            let own_pointer = join(&format!("/{section}"), path);
            let (target, target_pointer) = self.follow(item, &own_pointer);
            // A path item may have operations of its own beside a reference.
            let own = (!std::ptr::eq(target, item)).then_some((item, own_pointer));
            for (item, pointer) in own.into_iter().chain([(target, target_pointer)]) {
                for (method, value) in members(item) {
                    if METHODS.contains(&method.as_str()) && value.is_object() {
                        operations.push(Operation {
                            path,
                            method,
                            pointer: join(&pointer, method),
                            value,
                            item: (item, pointer.clone()),
                        });
                    }
                }
            }
        }
        operations
    }

    /// The target of a reference and its pointer; a value that is not a reference is its own
    /// target. A reference to nowhere, out of the document or in a circle is returned as it is.
    pub fn follow<'a>(&'a self, value: &'a Value, pointer: &str) -> (&'a Value, String) {
        let (mut value, mut pointer) = (value, pointer.to_owned());
        for _ in 0..MAX_HOPS {
            let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
                return (value, pointer);
            };
            let Some(target) = self.target(reference) else { break };
            (value, pointer) = target;
        }
        (value, pointer)
    }

    /// The target of one reference and its pointer, without following references found there;
    /// `None` if the target does not exist or is in another document.
    pub fn target(&self, reference: &str) -> Option<(&Value, String)> {
        resolve(&self.root, reference)
    }

    /// The objects in a section of `components`, by name.
    pub fn components(&self, section: &str) -> &Map<String, Value> {
        static NONE: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
        self.root["components"][section].as_object().unwrap_or(&NONE)
    }
}
