//! What the document says of each answer.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use jsonschema::{Draft, Validator};
use runledger_contract::{Document, ReadError};
use runledger_model::Timestamp;
use serde_json::{Value, json};

use crate::answer::Answer;

/// The document as it was when this was built.
pub(crate) const CHECKED_IN: &str = include_str!("../../../openapi.json");
/// How many references and levels of a body are followed.
const DEEPEST: usize = 32;

/// A document that answers are held to.
pub struct Contract {
    document: Document,
    validators: Mutex<HashMap<String, Option<Arc<Validator>>>>,
}

/// What was wrong with answers as such: by the claim's name, what happened and how often.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    found: BTreeMap<&'static str, (String, usize)>,
    looked_at: usize,
}

/// Why a document is no contract.
#[derive(Debug, thiserror::Error)]
#[error("openapi.json: {0}")]
pub struct ContractError(#[from] ReadError);

impl Contract {
    /// The contract that this was built with.
    ///
    /// # Errors
    /// Where that is no OpenAPI.
    pub fn checked_in() -> Result<Self, ContractError> {
        Self::read(CHECKED_IN)
    }

    /// Another document of the same operations.
    ///
    /// # Errors
    /// Where it is no OpenAPI.
    pub fn read(text: &str) -> Result<Self, ContractError> {
        Ok(Self { document: Document::read(text)?, validators: Mutex::default() })
    }

    /// `info.version`.
    pub fn version(&self) -> &str {
        self.document.version()
    }

    /// Holds an answer to what the document says of every answer to such a request.
    pub(crate) fn judge(&self, answer: &Answer, faults: &mut Faults) {
        if !answer.headers.contains_key("x-request-id") {
            faults.add("request-ids", format!("{} without x-request-id", answer.in_words()));
        }
        let error = json!({ "$ref": "#/components/schemas/ErrorResponse" });
        let schema = match self.response(&answer.method, &answer.path) {
            Some(responses) => match responses.get(answer.status.to_string()) {
                Some(response) => {
                    let (response, _) = self.document.follow(response, "");
                    response["content"]["application/json"]["schema"].clone()
                }
                None => {
                    let documented: Vec<_> = responses
                        .as_object()
                        .into_iter()
                        .flatten()
                        .map(|(status, _)| status.as_str())
                        .collect();
                    let documented = documented.join(", ");
                    faults
                        .add("statuses", format!("{}, not one of {documented}", answer.in_words()));
                    self.judge_body(answer, faults);
                    return;
                }
            },
            None => error,
        };
        self.judge_body(answer, faults);
        let Some(body) = &answer.json else { return };
        faults.looked_at += 1;
        if let Some(violation) = self.violation(&schema, body) {
            faults.add(
                "schemas",
                format!("{}, which is not of the documented shape: {violation}", answer.in_words()),
            );
        }
        self.spelling(&schema, body, "$", DEEPEST, &mut |claim, place, problem| {
            faults.add(claim, format!("{}: {place} is {problem}", answer.in_words()));
        });
    }

    fn judge_body(&self, answer: &Answer, faults: &mut Faults) {
        if answer.media_type() != "application/json" || answer.json.is_none() {
            let media_type = answer.media_type();
            faults.add(
                "json-bodies",
                format!("{}: {media_type:?}, not JSON as application/json", answer.in_words()),
            );
        }
    }

    /// The documented responses to such a request; nothing for what is no operation.
    fn response(&self, method: &str, path: &str) -> Option<&Value> {
        let path = path.split('?').next().unwrap_or_default();
        let method = method.to_lowercase();
        let mut fitting: Vec<_> = self.document.operations();
        fitting.retain(|operation| operation.method == method && fits(operation.path, path));
        fitting.sort_by_key(|operation| operation.path.contains('{'));
        fitting.first().map(|operation| &operation.value["responses"])
    }

    /// The first thing that is wrong with a body, and where. Formats are not looked at: they have claims of their own.
    fn violation(&self, schema: &Value, body: &Value) -> Option<String> {
        let validator = self.validator(schema)?;
        let error = validator.iter_errors(body).next()?;
        let words: String = error.masked().to_string().chars().take(200).collect();
        Some(format!("at {:?}, {words}", error.instance_path().to_string()))
    }

    /// A schema made ready; kept, because that takes far longer than a check. Nothing for one that is no schema.
    fn validator(&self, schema: &Value) -> Option<Arc<Validator>> {
        let mut known = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
        let compile = || {
            let whole = json!({
                "allOf": [schema], "components": self.document.root()["components"],
            });
            jsonschema::options().with_draft(Draft::Draft202012).build(&whole).ok().map(Arc::new)
        };
        known.entry(schema.to_string()).or_insert_with(compile).clone()
    }

    /// How numbers and times are written, about which schemas are silent.
    fn spelling(
        &self,
        schema: &Value,
        body: &Value,
        place: &str,
        depth: usize,
        fault: &mut dyn FnMut(&'static str, &str, String),
    ) {
        let Some(depth) = depth.checked_sub(1) else { return };
        let (schema, _) = self.document.follow(schema, "");
        match body {
            Value::Number(number) if is_of(schema, "integer") && number.is_f64() => {
                fault("whole-numbers", place, format!("{number}, not a whole number as digits"));
            }
            Value::String(text) if schema["format"] == "date-time" && !is_time(text) => {
                fault("times", place, format!("{text:?}, not a time in UTC with Z"));
            }
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.spelling(&schema["items"], item, &format!("{place}[{at}]"), depth, fault);
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    let schema = &schema["properties"][name];
                    self.spelling(schema, member, &format!("{place}.{name}"), depth, fault);
                }
            }
            _ => {}
        }
    }
}

impl Faults {
    /// What happened to a claim first, and how often in all.
    pub fn of(&self, claim: &str) -> Option<&(String, usize)> {
        self.found.get(claim)
    }

    /// How many bodies were held to their schemas.
    pub fn looked_at(&self) -> usize {
        self.looked_at
    }

    fn add(&mut self, claim: &'static str, what: String) {
        self.found.entry(claim).and_modify(|(_, times)| *times += 1).or_insert((what, 1));
    }
}

fn is_of(schema: &Value, kind: &str) -> bool {
    let kinds = &schema["type"];
    kinds == kind || kinds.as_array().is_some_and(|kinds| kinds.iter().any(|one| one == kind))
}

/// Whether a time is written as the contract writes it: UTC, `Z`, and no fraction where there is none.
fn is_time(text: &str) -> bool {
    text.parse::<Timestamp>().is_ok_and(|time| time.to_string() == text)
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) =
        (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(&path).all(|(t, p)| t == p || (t.starts_with('{') && !p.is_empty()))
}
