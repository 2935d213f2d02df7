//! What the OpenAPI document states about every response.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use jsonschema::{Draft, Validator};
use runledger_contract::{Document, ReadError};
use runledger_model::Timestamp;
use serde_json::{Value, json};

use crate::response::Response;

/// The checked-in document.
pub(crate) const CHECKED_IN: &str = include_str!("../../../openapi.json");
/// The greatest number of levels of a body that are checked.
const MAX_DEPTH: usize = 32;

/// An OpenAPI document that responses are checked against.
pub struct Contract {
    document: Document,
    validators: Mutex<HashMap<String, Option<Arc<Validator>>>>,
}

/// The faults of responses: for each claim the first fault, and how many there are.
#[derive(Clone, Debug, Default)]
pub struct ResponseFaults {
    found: BTreeMap<&'static str, (String, usize)>,
    checked_bodies: usize,
}

/// The document is not OpenAPI.
#[derive(Debug, thiserror::Error)]
#[error("openapi.json: {0}")]
pub struct ContractError(#[from] ReadError);

impl Contract {
    /// The checked-in contract.
    ///
    /// # Errors
    /// If it is not OpenAPI.
    pub fn checked_in() -> Result<Self, ContractError> {
        Self::read(CHECKED_IN)
    }

    /// Another document with the same operations.
    ///
    /// # Errors
    /// If it is not OpenAPI.
    pub fn read(text: &str) -> Result<Self, ContractError> {
        Ok(Self { document: Document::read(text)?, validators: Mutex::default() })
    }

    /// `info.version`.
    pub fn version(&self) -> &str {
        self.document.version()
    }

    /// Checks a response against the document.
    pub(crate) fn check(&self, received: &Response, faults: &mut ResponseFaults) {
        if !received.headers.contains_key("x-request-id") {
            faults.add("request-ids", format!("{} without x-request-id", received.summary()));
        }
        let error = json!({ "$ref": "#/components/schemas/ErrorResponse" });
        let schema = match self.response(&received.method, &received.path) {
            Some(responses) => match responses.get(received.status.to_string()) {
                Some(response) => {
                    let (documented, _) = self.document.follow(response, "");
                    if documented.get("content").is_none() {
                        check_empty(received, faults);
                        return;
                    }
                    documented["content"]["application/json"]["schema"].clone()
                }
                None => {
                    let documented: Vec<_> = responses
                        .as_object()
                        .into_iter()
                        .flatten()
                        .map(|(status, _)| status.as_str())
                        .collect();
                    let documented = documented.join(", ");
                    faults.add(
                        "statuses",
                        format!("{}, expected one of {documented}", received.summary()),
                    );
                    self.check_media_type(received, faults);
                    return;
                }
            },
            None => error,
        };
        self.check_media_type(received, faults);
        let Some(body) = &received.json else { return };
        faults.checked_bodies += 1;
        if let Some(violation) = self.violation(&schema, body) {
            faults.add(
                "schemas",
                format!("{}, which does not match its schema: {violation}", received.summary()),
            );
        }
        self.check_formats(&schema, body, "$", MAX_DEPTH, &mut |claim, location, fault| {
            faults.add(claim, format!("{}: {location} is {fault}", received.summary()));
        });
    }

    fn check_media_type(&self, response: &Response, faults: &mut ResponseFaults) {
        if response.media_type() != "application/json" || response.json.is_none() {
            let media_type = response.media_type();
            faults.add(
                "json-bodies",
                format!(
                    "{}: {media_type:?}, expected JSON as application/json",
                    response.summary()
                ),
            );
        }
    }

    /// The documented responses to such a request; `None` if there is no such operation.
    fn response(&self, method: &str, path: &str) -> Option<&Value> {
        let path = path.split('?').next().unwrap_or_default();
        let method = method.to_lowercase();
        let mut matching: Vec<_> = self.document.operations();
        matching.retain(|operation| operation.method == method && matches(operation.path, path));
        matching.sort_by_key(|operation| operation.path.contains('{'));
        matching.first().map(|operation| &operation.value["responses"])
    }

    /// The first fault of a body, and its location. Other claims are about formats.
    fn violation(&self, schema: &Value, body: &Value) -> Option<String> {
        let validator = self.validator(schema)?;
        let error = validator.iter_errors(body).next()?;
        let message: String = error.masked().to_string().chars().take(200).collect();
        Some(format!("at {:?}, {message}", error.instance_path().to_string()))
    }

    /// The validator of a schema, which is cached because building it takes much longer than a
    /// check; `None` if the schema is invalid.
    fn validator(&self, schema: &Value) -> Option<Arc<Validator>> {
        let mut cache = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
        let compile = || {
            let root = json!({
                "allOf": [schema], "components": self.document.root()["components"],
            });
            jsonschema::options().with_draft(Draft::Draft202012).build(&root).ok().map(Arc::new)
        };
        cache.entry(schema.to_string()).or_insert_with(compile).clone()
    }

    /// Checks the format of numbers and times, which schemas do not describe.
    fn check_formats(
        &self,
        schema: &Value,
        body: &Value,
        location: &str,
        depth: usize,
        fault: &mut dyn FnMut(&'static str, &str, String),
    ) {
        let Some(depth) = depth.checked_sub(1) else { return };
        let (schema, _) = self.document.follow(schema, "");
        match body {
            Value::Number(number) if has_type(schema, "integer") && number.is_f64() => {
                fault(
                    "whole-numbers",
                    location,
                    format!("{number}, expected an integer in digits"),
                );
            }
            Value::String(text) if schema["format"] == "date-time" && !is_time(text) => {
                fault("times", location, format!("{text:?}, expected a time in UTC with Z"));
            }
            Value::Array(items) => {
                for (position, item) in items.iter().enumerate() {
                    self.check_formats(
                        &schema["items"],
                        item,
                        &format!("{location}[{position}]"),
                        depth,
                        fault,
                    );
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    let schema = &schema["properties"][name];
                    self.check_formats(schema, member, &format!("{location}.{name}"), depth, fault);
                }
            }
            _ => {}
        }
    }
}

impl ResponseFaults {
    /// The first fault of a claim, and the number of its faults.
    pub fn of(&self, claim: &str) -> Option<&(String, usize)> {
        self.found.get(claim)
    }

    /// The number of bodies that were checked against their schemas.
    pub fn checked_bodies(&self) -> usize {
        self.checked_bodies
    }

    fn add(&mut self, claim: &'static str, fault: String) {
        self.found.entry(claim).and_modify(|(_, times)| *times += 1).or_insert((fault, 1));
    }
}

fn check_empty(response: &Response, faults: &mut ResponseFaults) {
    if !response.text.is_empty() {
        faults.add("json-bodies", format!("{}, expected no body", response.summary()));
    }
}

fn has_type(schema: &Value, name: &str) -> bool {
    let types = &schema["type"];
    types == name || types.as_array().is_some_and(|types| types.iter().any(|one| one == name))
}

/// Whether a time is in the format of the contract: UTC with `Z`, and no fraction that is zero.
fn is_time(text: &str) -> bool {
    text.parse::<Timestamp>().is_ok_and(|time| time.to_string() == text)
}

fn matches(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) =
        (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(&path).all(|(t, p)| t == p || (t.starts_with('{') && !p.is_empty()))
}
