//! A document of OpenAPI 3 as the commands read it.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

/// How many references may lead to one another before the last one is given up.
const MAX_HOPS: usize = 64;

/// The methods that may stand in a path item, in the specification's order.
pub const METHODS: [&str; 8] =
    ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// A whole document.
#[derive(Clone, Debug)]
pub struct Document {
    root: Value,
}

/// Why something is no document that can be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is neither JSON nor YAML, or is nested too deeply.
    #[error("it is neither JSON nor YAML that can be read: {0}")]
    Syntax(String),
    /// It is something else than a document of OpenAPI 3.
    #[error("it is no document of OpenAPI 3: {0}")]
    NotOpenApi(String),
}

/// An operation of a document.
#[derive(Clone, Debug)]
pub struct Operation<'a> {
    /// Its path, with the parameters in braces; the name, for a webhook.
    pub path: &'a str,
    /// Its method, in lower case.
    pub method: &'a str,
    /// Where it is, as a JSON pointer.
    pub pointer: String,
    /// What stands under the method.
    pub value: &'a Value,
    /// The path item that it stands in, and where that is.
    pub item: (&'a Value, String),
}

impl Operation<'_> {
    /// How it is called: `GET /v1/executions`.
    pub fn name(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.path)
    }
}

impl Document {
    /// Reads a document that is written as JSON or as YAML.
    ///
    /// # Errors
    /// Where it is neither, is nested more than 127 levels deep, or is no OpenAPI 3.
    pub fn read(text: &str) -> Result<Self, ReadError> {
        let root = if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map_err(|error| ReadError::Syntax(error.to_string()))?
        } else {
            serde_saphyr::from_str(text).map_err(|error| ReadError::Syntax(error.to_string()))?
        };
        Self::new(root)
    }

    /// Takes a value for a document.
    ///
    /// # Errors
    /// Where it is no OpenAPI 3.
    pub fn new(root: Value) -> Result<Self, ReadError> {
        let wrong = |what: &str| Err(ReadError::NotOpenApi(what.to_owned()));
        match root.get("openapi").map(|version| version.as_str().unwrap_or_default()) {
            Some(version) if version.starts_with("3.") => Ok(Self { root }),
            Some(version) => wrong(&format!("its version is {version:?}, not 3.0 or 3.1")),
            None if !root.is_object() => wrong("it is no object"),
            None if root.get("swagger").is_some() => {
                wrong("it is Swagger 2.0; convert it to OpenAPI 3 first")
            }
            None => wrong("the key `openapi` with its version is missing"),
        }
    }

    /// All of it.
    pub fn root(&self) -> &Value {
        &self.root
    }

    /// `info.version`; empty where it has none.
    pub fn version(&self) -> &str {
        self.root["info"]["version"].as_str().unwrap_or_default()
    }

    /// Whether it is written in 3.0, where `nullable` and boolean exclusive bounds mean something.
    pub fn is_3_0(&self) -> bool {
        self.root["openapi"].as_str().is_some_and(|version| version.starts_with("3.0"))
    }

    /// The operations of `paths`, in the document's order.
    pub fn operations(&self) -> Vec<Operation<'_>> {
        self.operations_of("paths")
    }

    /// The operations of `webhooks`, whose requests the server sends.
    pub fn webhooks(&self) -> Vec<Operation<'_>> {
        self.operations_of("webhooks")
    }

    fn operations_of(&self, room: &str) -> Vec<Operation<'_>> {
        let mut operations = Vec::new();
        for (path, item) in members(&self.root[room]) {
            let here = format!("/{room}/{}", escape(path));
            let (target, there) = self.follow(item, &here);
            // Beside a reference, a path item may say more.
            let own = (!std::ptr::eq(target, item)).then_some((item, here));
            for (item, pointer) in own.into_iter().chain([(target, there)]) {
                for (method, value) in members(item) {
                    if METHODS.contains(&method.as_str()) && value.is_object() {
                        operations.push(Operation {
                            path,
                            method,
                            pointer: format!("{pointer}/{method}"),
                            value,
                            item: (item, pointer.clone()),
                        });
                    }
                }
            }
        }
        operations
    }

    /// What a reference leads to, and where that is; anything else is what it is. A reference that leads nowhere, out
    /// of the document or in a circle is left as it stands.
    pub fn follow<'a>(&'a self, value: &'a Value, pointer: &str) -> (&'a Value, String) {
        let (mut value, mut pointer) = (value, pointer.to_owned());
        for _ in 0..MAX_HOPS {
            let Some(target) = value.get("$ref").and_then(Value::as_str) else {
                return (value, pointer);
            };
            let Some((there, place)) = self.target(target) else { break };
            (value, pointer) = (there, place);
        }
        (value, pointer)
    }

    /// Where one reference leads, without following those that stand there; nothing for one that leads nowhere.
    pub fn target(&self, reference: &str) -> Option<(&Value, String)> {
        let pointer = percent_decode_str(reference.strip_prefix('#')?).decode_utf8().ok()?;
        Some((self.root.pointer(&pointer)?, pointer.into_owned()))
    }

    /// What stands in one of the rooms of `components`, by its name.
    pub fn components(&self, room: &str) -> &Map<String, Value> {
        static NONE: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
        self.root["components"][room].as_object().unwrap_or(&NONE)
    }
}

/// The members of an object; none for anything else.
pub(crate) fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// The elements of an array; none for anything else.
pub(crate) fn elements(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A key as it stands in a JSON pointer.
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
