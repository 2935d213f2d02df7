//! Responses, above all those of errors.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{
    rules::*,
    survey::{Survey, Violation},
};
use crate::{
    grammar::{Kind, Node},
    json::{elements, join, members},
    nullability::Nullability,
};

/// Keywords that make a validating client refuse a response.
const CONSTRAINTS: [&str; 7] =
    ["minLength", "maxLength", "pattern", "minItems", "maxItems", "maximum", "exclusiveMaximum"];

pub fn lint(survey: &Survey) -> Vec<Violation> {
    let mut found = Vec::new();
    for node in survey.of(Kind::Operation).filter(|node| node.value.is_object()) {
        statuses(node, &mut found);
    }
    for node in survey.of(Kind::Response).filter(|node| node.value.get("$ref").is_none()) {
        if node.value["description"].as_str().is_none_or(str::is_empty) {
            let message = format!("the response `{}` has no description", node.key);
            found.push((RESPONSE_UNDESCRIBED, node.pointer.clone(), message));
        }
    }
    errors(survey, &mut found);
    for node in survey.response_schemas() {
        schema(survey, node, &mut found);
    }
    found
}

fn statuses(node: &Node, found: &mut Vec<Violation>) {
    let at = format!("{}/responses", node.pointer);
    let statuses = members(&node.value["responses"]).map(|(status, _)| status.as_str());
    let statuses: Vec<_> = statuses.filter(|status| !status.starts_with("x-")).collect();
    for status in &statuses {
        let (rule, message) = if *status == "default" {
            (STATUS_DEFAULT, "the response `default` stands for any status".to_owned())
        } else if ["1XX", "2XX", "3XX", "4XX", "5XX"].contains(status) {
            (STATUS_RANGE, format!("the response `{status}` stands for a range of statuses"))
        } else if !is_status(status) {
            (STATUS_INVALID, format!("`{status}` is not an HTTP status code"))
        } else {
            continue;
        };
        found.push((rule, join(&at, status), message));
    }
    if statuses.is_empty() {
        let message = "the operation has no response".to_owned();
        found.push((RESPONSES_MISSING, node.pointer.clone(), message));
    } else if !statuses.iter().any(|status| status.starts_with('4') || *status == "default") {
        found.push((ERROR_MISSING, at, "the operation has no 4xx response".to_owned()));
    }
}

fn is_status(status: &str) -> bool {
    status.len() == 3 && status.parse().is_ok_and(|code: u16| (100..600).contains(&code))
}

/// The schemas and the examples of all error responses.
fn errors(survey: &Survey, found: &mut Vec<Violation>) {
    let bodies = error_bodies(survey);
    let mut counts: HashMap<String, usize> = HashMap::new();
    for (_, body) in &bodies {
        *counts.entry(body["schema"].to_string()).or_default() += 1;
    }
    // The most common schema is the expected one; of equally common ones, the first.
    let schemas = bodies.iter().rev().map(|(_, body)| body["schema"].to_string());
    let expected = schemas.max_by_key(|text| counts[text]);
    for (pointer, body) in bodies {
        let schema = body["schema"].to_string();
        if expected.as_ref().is_some_and(|expected| *expected != schema) {
            let message = "the schema of the error differs from that of the other errors";
            found.push((ERROR_SCHEMAS_DIFFER, pointer.clone(), message.to_owned()));
        }
        if body.get("example").is_none() && body.get("examples").is_none() {
            let message = "the error has no example".to_owned();
            found.push((ERROR_WITHOUT_EXAMPLE, pointer, message));
        }
    }
}

/// The media types of all error responses with their pointers; a shared response once.
fn error_bodies<'a>(survey: &Survey<'a>) -> Vec<(String, &'a Value)> {
    let mut bodies = Vec::new();
    for node in survey.of(Kind::Operation) {
        let Some(responses) = node.value.get("responses") else { continue };
        let is_error = |status: &str| status.starts_with(['4', '5']) || status == "default";
        for (status, response) in members(responses).filter(|(status, _)| is_error(status)) {
            let pointer = join(&format!("{}/responses", node.pointer), status);
            let (response, pointer) = survey.document.follow(response, &pointer);
            let Some(content) = response.get("content") else { continue };
            for (media_type, body) in members(content) {
                bodies.push((join(&format!("{pointer}/content"), media_type), body));
            }
        }
    }
    let mut seen = HashSet::new();
    bodies.retain(|(pointer, _)| seen.insert(pointer.clone()));
    bodies
}

/// A schema that occurs in responses only. A schema of a request is constrained for the sake of
/// the request.
fn schema(survey: &Survey, node: &Node, found: &mut Vec<Violation>) {
    for keyword in CONSTRAINTS {
        if node.value.get(keyword).is_some() {
            let pointer = format!("{}/{keyword}", node.pointer);
            found.push((RESPONSE_CONSTRAINED, pointer, format!("a response has `{keyword}`")));
        }
    }
    if node.value["additionalProperties"] == false {
        let pointer = format!("{}/additionalProperties", node.pointer);
        let message = "a response forbids additional properties".to_owned();
        found.push((RESPONSE_CLOSED, pointer, message));
    }
    let required = elements(&node.value["required"]);
    let Some(properties) = node.value.get("properties") else { return };
    for (name, property) in members(properties) {
        let is_optional = !required.iter().any(|key| key == name);
        if is_optional && survey.nulls.of(property) == Nullability::Allowed {
            let pointer = join(&format!("{}/properties", node.pointer), name);
            let message = format!("the property `{name}` of a response is optional and nullable");
            found.push((RESPONSE_OPTIONAL_OR_NULL, pointer, message));
        }
    }
}
